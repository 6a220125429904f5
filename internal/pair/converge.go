// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package pair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/aiven"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/poll"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/replication"
)

// Converge brings a pair to what is desired, as package ccr decides, and
// destroys nothing that the plan has not named. It returns what it saw last, also
// with an error.
func (o *Operator) Converge(ctx context.Context, w Wish, approval ccr.Approval) (Seen, error) {
	s := o.session(w)
	_, err := replication.Convergence{
		Approval: approval,
		Look: func(ctx context.Context) (ccr.Decision, error) {
			seen, err := s.look(ctx)
			return seen.Decision, err
		},
		Run: s.run,
	}.Converge(ctx)
	if err == nil && w.Mode == ccr.ModePromoted && s.last.Decision.Status != ccr.StatusPromoted {
		err = errors.New(s.last.Decision.Reason)
	}
	if err != nil {
		return s.lookLate(ctx), errors.Join(err, s.takeBack(ctx))
	}
	s.noteSequences(ctx)
	return s.last, nil
}

// takeBack lifts the write blocks that a promotion has put up that failed, also
// after an interrupt.
func (s *session) takeBack(ctx context.Context) error {
	lift, fenced := ccr.LiftAfterFailure(s.wish.Desired, s.last.Observation)
	if !fenced {
		return nil
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTime)
	defer cancel()
	if err := s.step(late, lift); err != nil {
		return &replication.StepError{Step: lift, Err: err}
	}
	return nil
}

// noteSequences completes where the replications ended, after a promotion: what
// the follower's indices count beyond that was written to them. Where it cannot be
// read it stays unknown.
func (s *session) noteSequences(ctx context.Context) {
	if len(s.last.EndedAt) == 0 || s.engine == nil {
		return
	}
	contents := s.engine.Contents(ctx)
	for name, ended := range s.last.EndedAt {
		ended.Sequence = ccr.SequenceOf(contents, name)
		s.last.EndedAt[name] = ended
	}
}

// lateTime is how long the last look after an error may take, also after an
// interrupt, which must not hang.
const lateTime = 5 * time.Second

// lookLate looks once more after an error, so that the state shows what exists.
// Where that fails, what was seen last has to do.
func (s *session) lookLate(ctx context.Context) Seen {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateTime)
	defer cancel()
	if seen, err := s.look(late); err == nil {
		return seen
	}
	return s.last
}

// run carries out steps in their order: those of the services one by one, those
// of the follower's indices together.
func (s *session) run(ctx context.Context, steps []ccr.Step) error {
	var failed []error
	for len(steps) > 0 && ctx.Err() == nil {
		batch := firstBatch(steps)
		steps = steps[len(batch):]
		if err := s.runBatch(ctx, batch); err != nil {
			failed = append(failed, err)
			break // what comes later relies on it
		}
	}
	return errors.Join(failed...)
}

// firstBatch is what is carried out together first: one step of a service, or all
// steps of the follower's indices up to the next one of a service.
func firstBatch(steps []ccr.Step) []ccr.Step {
	length := 1
	for length < len(steps) && !ofService(steps[0].Action) && !ofService(steps[length].Action) {
		length++
	}
	return steps[:length]
}

// ofService reports whether an action is one on a service or an integration.
func ofService(a ccr.Action) bool {
	switch a {
	case ccr.ActionPowerOn, ccr.ActionAwait, ccr.ActionLink, ccr.ActionUnlink, ccr.ActionDeleteService, ccr.ActionFence, ccr.ActionLiftFence:
		return true
	}
	return false
}

func (s *session) runBatch(ctx context.Context, steps []ccr.Step) error {
	step := steps[0]
	if !ofService(step.Action) {
		s.noteCheckpoints(steps)
		err := s.engine.Run(ctx, s.wish.Desired, steps)
		s.noteEnded(s.engine.Ended())
		return err
	}
	if err := s.step(ctx, step); err != nil {
		return &replication.StepError{Step: step, Err: err}
	}
	return nil
}

// noteCheckpoints remembers where replications stand that end without their leader.
func (s *session) noteCheckpoints(steps []ccr.Step) {
	_, unreachable := s.last.Observation.Reach.Absent()
	if !unreachable || s.wish.Mode != ccr.ModePromoted {
		return
	}
	ended := map[string]ccr.Ended{}
	for _, step := range steps {
		if step.Action == ccr.ActionStop {
			ended[step.Index] = ccr.EndedAlone(s.last.Observation.Indices.At(step.Index))
		}
	}
	s.last.Alone = s.last.Alone || len(ended) > 0
	s.noteEnded(ended)
}

// noteEnded adds to what is known of where replications ended. What was noted
// first stays: a second look is later.
func (s *session) noteEnded(ended map[string]ccr.Ended) {
	if s.last.EndedAt == nil && len(ended) > 0 {
		s.last.EndedAt = map[string]ccr.Ended{}
	}
	for name, one := range ended {
		if _, noted := s.last.EndedAt[name]; !noted {
			s.last.EndedAt[name] = one
		}
	}
}

func (s *session) step(ctx context.Context, step ccr.Step) error {
	p := s.wish.Pair
	switch step.Action {
	case ccr.ActionPowerOn:
		on := true
		_, err := s.Aiven.UpdateService(ctx, aiven.UpdateService{Project: p.Follower.Project, Name: p.Follower.Name, Powered: &on})
		return err
	case ccr.ActionLink:
		_, err := s.Aiven.CreateIntegration(ctx, p.Leader, p.Follower)
		s.linked = s.linked || err == nil
		return err
	case ccr.ActionAwait:
		return s.await(ctx, step.Await)
	case ccr.ActionUnlink:
		return s.unlink(ctx, step.Destroys)
	case ccr.ActionFence:
		return s.engine.Fence(ctx, step.Names, p.Follower.String())
	case ccr.ActionLiftFence:
		return s.engine.LiftFence(ctx, step.Names)
	case ccr.ActionDeleteService:
		if err := s.Aiven.DeleteService(ctx, step.Destroys); err != nil {
			return err
		}
		return s.awaitGone(ctx)
	}
	return fmt.Errorf("step %q is not one of a service", step.Action)
}

// The pauses between two looks at the control plane, whose rate is limited. The
// first are short, since that is what an apply waits for in vain at the end.
const (
	firstPause = 500 * time.Millisecond
	mostPause  = 5 * time.Second
	// buildPause is the longest pause while a service is built, which can take an
	// hour, and settlePause the longest while all its nodes run: then the end is near.
	buildPause  = 15 * time.Second
	settlePause = 2 * time.Second
	// late is how late the end of a wait may be noticed, as a part of its time.
	late = 0.1
)

// The phases of the work on services, as users see them.
const (
	phaseService     = "service"
	phaseIntegration = "integration"
	phaseConnection  = "connection"
)

func (s *session) poll(phase, what string) poll.Poll {
	return poll.Poll{Clock: s.clock, Phase: phase, Began: s.began, What: what, First: firstPause, Most: mostPause, Late: late, Transient: transient, Report: s.report, Announce: true}
}

// transient reports whether one failed look at the control plane or the data
// plane should not end a wait.
func transient(err error) bool { return aiven.IsTransient(err) || replication.IsUnreachable(err) }

// reachTime is how long a service that runs may take until it answers. Its name may
// not be known to everyone yet, but who has waited for so long cannot reach it.
const reachTime = 5 * time.Minute

func (s *session) await(ctx context.Context, what ccr.Await) error {
	switch what {
	case ccr.AwaitRunning:
		return s.awaitRunning(ctx)
	case ccr.AwaitReadable:
		readable := s.poll(phaseConnection, "until service "+s.wish.Pair.Follower.String()+" answers")
		readable.Within = reachTime
		return readable.Until(ctx, func(ctx context.Context) (poll.Look, error) {
			seen, err := s.look(ctx)
			return poll.Look{Done: seen.Observation.Unreadable == "", Progress: seen.Observation.Unreadable}, err
		})
	case ccr.AwaitConnected:
		err := s.awaitConnected(ctx)
		if errors.Is(err, poll.ErrWithin) {
			return nil // its leader may be down, which the next look says
		}
		return err
	}
	return fmt.Errorf("nobody knows how to wait until it is %q", what)
}

// awaitRunning waits until the follower service runs.
func (s *session) awaitRunning(ctx context.Context) error {
	ref := s.wish.Pair.Follower
	running := s.poll(phaseService, "until service "+ref.String()+" is "+ccr.ServiceRunning)
	running.Most = buildPause
	var settling time.Time // since when all its nodes run
	return running.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		service, err := s.Aiven.Service(ctx, ref.Project, ref.Name)
		switch all := service.NodeCount > 0 && service.NodesRunning >= service.NodeCount; {
		case err == nil && !all:
			settling = time.Time{}
		case err == nil && settling.IsZero():
			settling = s.clock.Now()
		}
		return poll.Look{Done: service.State == ccr.ServiceRunning, Progress: "its state is " + followerFact(service).Progress(), Left: s.leftOf(settling)}, err
	})
}

// leftOf is how long a service is expected to need whose nodes all run since then,
// 0 where they do not: about a tenth of the time that it has already needed. A pause
// is half of that.
func (s *session) leftOf(settling time.Time) time.Duration {
	if settling.IsZero() {
		return 0
	}
	return max(2*firstPause, min(2*settlePause, s.clock.Now().Sub(settling)/10))
}

// awaitConnected waits until the integration is active and the follower is
// connected. An integration that has failed ends the wait.
func (s *session) awaitConnected(ctx context.Context) error {
	p := s.wish.Pair
	var within time.Duration // a pair that was complete once has to come back soon; a new one may take its time
	if s.wish.Finished && !s.linked {
		within = reachTime
	}
	active := s.poll(phaseIntegration, fmt.Sprintf("until the integration of %s with its leader %s is active", p.Follower, p.Leader))
	active.Within = within
	err := active.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		_, active, err := s.activeLink(ctx)
		return poll.Look{Done: active, Progress: "it is not active yet"}, err
	})
	if err != nil {
		return err
	}
	connected := s.poll(phaseConnection, fmt.Sprintf("until %s is connected to its leader %s", p.Follower, p.Leader))
	connected.Within = within
	return connected.Until(ctx, func(ctx context.Context) (poll.Look, error) {
		follower, active, err := s.activeLink(ctx)
		if err != nil || !active {
			return poll.Look{Progress: "the integration is not active any more"}, err
		}
		engine, err := s.engineOf(ctx, follower)
		if errors.Is(err, ErrNoSecrets) {
			return poll.Look{}, err
		}
		if err != nil {
			return poll.Look{Progress: err.Error()}, nil //nolint:nilerr // it has no address yet, which passes
		}
		seen, err := engine.Connected(ctx, s.wish.Alias)
		return poll.Look{Done: seen, Progress: "the integration is active, and the follower is not connected yet"}, err
	})
}

// activeLink reads the follower service, and whether its integration with the
// leader is active. One that has failed is an error.
func (s *session) activeLink(ctx context.Context) (follower aiven.Service, active bool, err error) {
	p := s.wish.Pair
	if follower, err = s.Aiven.Service(ctx, p.Follower.Project, p.Follower.Name); err != nil {
		return follower, false, err
	}
	link, listed := linkOf(p, follower.Integrations)
	if reason := linkFact(p, link).Failed; listed && reason != "" {
		return follower, false, fmt.Errorf("the integration has failed: %s", reason)
	}
	return follower, listed && link.Active, nil
}

// unlink deletes the integration and waits until the follower does not list it.
func (s *session) unlink(ctx context.Context, d ccr.Destruction) error {
	if err := s.Aiven.DeleteIntegration(ctx, d); err != nil {
		return err
	}
	p := s.wish.Pair
	_, id := d.Integration()
	return s.poll(phaseIntegration, fmt.Sprintf("until the integration %s of %s is gone", id, p.Follower)).Until(ctx, func(ctx context.Context) (poll.Look, error) {
		all, err := s.Aiven.Integrations(ctx, p.Follower.Project, p.Follower.Name)
		_, there := linkOf(p, all)
		return poll.Look{Done: err == nil && !there, Progress: "the follower still lists it"}, err
	})
}

// awaitGone waits until the API no longer knows the follower service.
func (s *session) awaitGone(ctx context.Context) error {
	ref := s.wish.Pair.Follower
	return s.poll(phaseService, "until service "+ref.String()+" is gone").Until(ctx, func(ctx context.Context) (poll.Look, error) {
		service, err := s.Aiven.Service(ctx, ref.Project, ref.Name)
		if aiven.IsNotFound(err) {
			return poll.Look{Done: true}, nil
		}
		return poll.Look{Progress: "it still answers, in state " + service.State}, err
	})
}
