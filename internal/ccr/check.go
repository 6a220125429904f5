// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import (
	"fmt"
	"slices"
	"strings"
)

// Check is a rule that did not hold, with the attribute that it is about.
type Check struct {
	// Attribute is the name of the top-level attribute; empty: the whole resource.
	Attribute string
	Summary   string
	// Detail says which value is wrong, what the rule is and what would be right.
	Detail string
	// Warning: the plan continues.
	Warning bool
}

// Refuses reports whether the plan ends with an error for it.
func (c Check) Refuses() bool { return !c.Warning }

// CheckTier refuses the plan tiers that have no replication. An empty plan is not checked.
func CheckTier(attribute, plan string) []Check {
	if plan == "" || !TierRefused(plan) {
		return nil
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Plan without cross-cluster replication",
		Detail: fmt.Sprintf("Plan %q cannot take part in cross-cluster replication: plans of the tiers free, hobbyist, startup and developer do not support it. "+
			"Choose a business, premium or custom plan, such as business-4.", plan),
	}}
}

// CheckSecrets refuses a token that may not read the secrets of a service. why is
// what the API said; empty: it may.
func CheckSecrets(attribute, service, project, why string) []Check {
	if why == "" {
		return nil
	}
	return []Check{{Attribute: attribute, Summary: "Token may not read the secrets of " + service, Detail: "No follower of project " + project + " can be set up: " + HiddenSecrets(service, project, why) + "."}}
}

// HiddenSecrets says what follows for a token that may not read the secrets of a
// service, and what to do; why is what the API said.
func HiddenSecrets(service, project, why string) string {
	return fmt.Sprintf("the Aiven token may not read the password of service %s, so the provider cannot log in to a service of project %s: %s. "+
		"Give the token's user or application the permission service:secrets:read on project %s, or a role that has it (admin, operator or developer), or use another token",
		service, project, strings.TrimRight(why, ". "), project)
}

// CheckLeader evaluates what the leader must be. found is false where the API
// knows no such service. An empty version, which the API may not know yet, is
// not checked. offered are the versions that a new follower can have, nil where
// they are not known.
func CheckLeader(attribute, ref string, leader Service, found bool, offered []string) []Check {
	if !found {
		return []Check{{
			Attribute: attribute,
			Summary:   "Leader service not found",
			Detail: fmt.Sprintf("Service %s does not exist, or the token may not see it. The leader must exist before its follower can be created. "+
				"Check the name and the project.", ref),
		}}
	}
	var out []Check
	add := func(summary, format string, args ...any) {
		out = append(out, Check{Attribute: attribute, Summary: summary, Detail: fmt.Sprintf(format, args...)})
	}
	if leader.Type != ServiceTypeOpenSearch {
		add("Leader is not an OpenSearch service", "Service %s is of type %q. Only OpenSearch services can be replicated; choose one of type opensearch.", ref, leader.Type)
		return out
	}
	if leader.State == ServicePowerOff {
		add("Leader is powered off", "Service %s is powered off. The leader must run while its follower is created. Power it on first.", ref)
	}
	if len(leader.Leaders) > 0 {
		add("Leader is itself a follower", "Service %s already follows %s. A follower cannot be a leader: there are no chains. Choose %s as the leader instead.",
			ref, strings.Join(leader.Leaders, ", "), leader.Leaders[0])
	}
	out = append(out, checkKind(attribute, "Leader", leader)...)
	if TierRefused(leader.Plan) {
		add("Leader's plan has no cross-cluster replication", "Service %s has plan %q. Plans of the tiers free, hobbyist, startup and developer support no cross-cluster replication. "+
			"Change the leader to a business, premium or custom plan first.", ref, leader.Plan)
	}
	if leader.Version != "" && !HasCCR(leader.Version) {
		add("Leader's version has no cross-cluster replication", "Service %s runs OpenSearch %s, which has no cross-cluster replication. %s",
			ref, leader.Version, adviseUpgrade("the leader", leader.Version, offered))
	}
	return out
}

// checkKind refuses the kinds of service that cannot take part in replication, on
// either side. role is "Leader" or "Follower".
func checkKind(attribute, role string, s Service) []Check {
	var out []Check
	add := func(summary, format string, args ...any) {
		out = append(out, Check{Attribute: attribute, Summary: role + summary, Detail: fmt.Sprintf(format, args...)})
	}
	if s.ForkOf != "" {
		add(" is a fork", "Service %s was forked from %s, and a fork cannot take part in cross-cluster replication. Choose a service that is not a fork.", s.Ref(), s.ForkOf)
	}
	if s.ReplicaOf != "" {
		add(" is a read replica", "Service %s is a read replica of %s, and a read replica cannot take part in cross-cluster replication. Choose a service that is not a read replica.", s.Ref(), s.ReplicaOf)
	}
	if s.Tiered {
		add(" has tiered storage", "Service %s has part of its data in tiered storage, and such a service cannot take part in cross-cluster replication. Choose a service without tiered storage.", s.Ref())
	}
	return out
}

// CheckUserConfig refuses settings that make a new follower one of the kinds that
// [CheckFollower] refuses.
func CheckUserConfig(attribute string, settings map[string]any) []Check {
	var out []Check
	if origin, _ := settings["service_to_fork_from"].(string); origin != "" {
		out = append(out, Check{Attribute: attribute, Summary: "A follower cannot be a fork",
			Detail: fmt.Sprintf("service_to_fork_from = %q would create the follower as a fork of that service, and a fork cannot take part in cross-cluster replication. Remove it: the follower gets its data from its leader.", origin)})
	}
	tiered, _ := settings["tiered_storage"].(map[string]any)
	if on, _ := tiered["enabled"].(bool); on {
		out = append(out, Check{Attribute: attribute, Summary: "A follower cannot have tiered storage",
			Detail: "tiered_storage.enabled = true gives the follower tiered storage, and such a service cannot take part in cross-cluster replication. Remove it."})
	}
	return out
}

// CheckDistinct refuses a service that would follow itself.
func CheckDistinct(attribute, leaderRef, followerRef string) []Check {
	if leaderRef != followerRef {
		return nil
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Leader and follower are the same service",
		Detail:    fmt.Sprintf("Service %s cannot follow itself. Give the follower another name.", followerRef),
	}}
}

// CheckVersion evaluates the OpenSearch version of a new follower against the
// leader's, the same major.minor, and against those that are offered, where they
// are known. An empty version is not checked.
func CheckVersion(attribute, version string, leader Service, offered []string) []Check {
	if version == "" {
		return nil
	}
	if !HasCCR(version) {
		detail := fmt.Sprintf("OpenSearch %s has no cross-cluster replication. It needs one of %s.", version, strings.Join(versionsWithCCR, ", "))
		if leader.Version != "" && HasCCR(leader.Version) {
			detail += fmt.Sprintf(" Choose %q, the version of %s, or leave opensearch_version out.", leader.Version, leader.Name)
		}
		return []Check{{Attribute: attribute, Summary: summaryWithoutCCR, Detail: detail}}
	}
	if leader.Version == "" || !HasCCR(leader.Version) {
		return nil // no measure: CheckLeader tells
	}
	if MajorMinor(version) != MajorMinor(leader.Version) {
		return []Check{{Attribute: attribute, Summary: "Follower and leader have different versions",
			Detail: fmt.Sprintf("Version %q is not the version of the leader %s, which is %q. Leader and follower need the same OpenSearch version. "+
				"Choose %q, or leave opensearch_version out.", version, leader.Ref(), leader.Version, leader.Version)}}
	}
	if len(offered) > 0 && !slices.Contains(offered, MajorMinor(version)) {
		return []Check{{Attribute: attribute, Summary: "Version is not offered",
			Detail: fmt.Sprintf("OpenSearch %s, the version of the leader %s, is not offered for new services; those are %s. %s",
				version, leader.Ref(), strings.Join(offered, ", "), adviseUpgrade("the leader", leader.Version, offered))}}
	}
	return nil
}

const summaryWithoutCCR = "Version without cross-cluster replication"

// CheckUpgrade evaluates the version of a follower that exists, which has the
// version from and is to have the version to. An upgrade may begin with either
// service, so versions that differ are a warning that says which is next: no
// service can go back. An empty version is not checked.
func CheckUpgrade(attribute string, follower, from, to string, leader Service) []Check {
	from, to = MajorMinor(from), MajorMinor(to)
	switch {
	case to == "":
		return nil
	case from != to && newer(from, to):
		return []Check{{Attribute: attribute, Summary: "Cannot downgrade the version",
			Detail: fmt.Sprintf("Service %s runs OpenSearch %s, and a service cannot be downgraded to %s. Keep %q, or leave opensearch_version out.", follower, from, to, from)}}
	case from != to && !HasCCR(to):
		return []Check{{Attribute: attribute, Summary: summaryWithoutCCR,
			Detail: fmt.Sprintf("OpenSearch %s has no cross-cluster replication. Service %s runs %s. Choose %s, or leave opensearch_version out.",
				to, follower, from, strings.Join(append([]string{from}, upgrades(from, nil)...), " or "))}}
	case leader.Version == "" || MajorMinor(leader.Version) == to:
		return nil
	}
	check := differentVersions(attribute, follower, to, leader)
	check.Warning = true
	return []Check{check}
}

// differentVersions says which of two services that exist is the next to be upgraded.
func differentVersions(attribute, follower, version string, leader Service) Check {
	next := fmt.Sprintf("the leader to %s", MajorMinor(version))
	if newer(leader.Version, version) {
		next = fmt.Sprintf("the follower to %s", MajorMinor(leader.Version))
	}
	return Check{Attribute: attribute, Summary: fmt.Sprintf("Follower %s and its leader %s have different versions", follower, leader.Ref()),
		Detail: fmt.Sprintf("Service %s runs OpenSearch %s, the leader %s runs %s. Leader and follower need the same OpenSearch version. Upgrade %s.",
			follower, version, leader.Ref(), leader.Version, next)}
}

// CheckNameFree refuses a follower name that another service has. existing is
// the service of that name, found whether there is one.
func CheckNameFree(attribute string, existing Service, found bool) []Check {
	if !found {
		return nil
	}
	return []Check{{
		Attribute: attribute,
		Summary:   fmt.Sprintf("Service name %s is taken", existing.Ref()),
		Detail: fmt.Sprintf("Service %s already exists (plan %s, state %s). Choose another service_name; or, if it is a follower that Terraform is to manage, "+
			"import it: terraform import ADDRESS %s. To link two existing services, use opensearch_ccr_integration. "+
			"Where the state holds it already, as after a replacement that failed, run terraform state rm ADDRESS before the import.",
			existing.Ref(), existing.Plan, existing.State, existing.Ref()),
	}}
}

// CheckFirstMode refuses a follower that is to be promoted before it has
// followed anything.
func CheckFirstMode(attribute string, mode Mode) []Check {
	if mode != ModePromoted {
		return nil
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Cannot promote a new follower",
		Detail: "Promotion ends a replication that has run, and here none has yet. Apply desired_state = \"replicating\" first, " +
			"and promote the follower when it has what the leader has.",
	}}
}

// CheckDestroy refuses the deletion of a service that is protected against it.
func CheckDestroy(attribute string, service Service) []Check {
	if !service.Protected {
		return nil
	}
	return []Check{{
		Attribute: attribute,
		Summary:   "Service is protected against deletion",
		Detail: fmt.Sprintf("Service %s has termination protection, so it cannot be destroyed. Set termination_protection = false, apply, and destroy again.",
			service.Ref()),
	}}
}
