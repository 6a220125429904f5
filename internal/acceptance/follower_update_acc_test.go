// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// Every attribute of the service changes in place. The leader has no index,
// which must not fail the apply.
func TestFollower_ServiceUpdatesInPlace(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	w := s.workspace()
	w.write(follower())
	w.apply()
	w.expect(map[string]any{"status": "replicating", "status_reason": nil, "termination_protection": false})
	address := s.follower("search-eu").TransportAddress()
	shows := func(want map[string]any) {
		t.Helper()
		shown := s.shown("search-eu")
		for name, value := range want {
			if fmt.Sprint(shown[name]) != fmt.Sprint(value) {
				t.Errorf("the API shows %s as %v, want %v", name, shown[name], value)
			}
		}
	}

	// The default of plan is the leader's when the follower is created; when the
	// leader's changes later, the follower's stays what it is, with a warning.
	s.api(http.MethodPut, "/service/"+leaderName, map[string]any{"plan": "business-8"})
	w.planEmpty().matches(diagnostic("Warning", "Follower "+s.project+"/search-eu and its leader "+s.project+"/search-us have different plans", "", `Service `+s.project+`/search-eu has plan "business-4"`))
	w.write(follower(`plan = "business-8"`))
	r := w.planUpdate()
	r.says(`~ plan = "business-4" -> "business-8"`)
	for _, address := range []string{"host", "port", "service_uri", "integration_id", "id", "leader_alias"} {
		r.saysNot("~ "+address+" ", "+ "+address+" ") // a larger plan does not move them
	}
	w.apply()
	w.expect(map[string]any{"plan": "business-8"})
	shows(map[string]any{"plan": "business-8"})
	w.planEmpty()

	// What a change cannot move stays known.
	w.write(follower(`tags = { team = "search" }`))
	w.planUpdate().saysNot("(known after apply)")

	// A plan that is configured stays when the leader's changes, with a warning;
	// to choose another one than the leader's is an error.
	w.write(follower(`plan = "business-8"`))
	s.api(http.MethodPut, "/service/"+leaderName, map[string]any{"plan": "business-16"})
	w.planEmpty().matches(diagnostic("Warning", "Follower "+s.project+"/search-eu and its leader "+s.project+"/search-us have different plans", `plan = "business-8"`, `Service `+s.project+`/search-eu has plan "business-8"`))
	w.write(follower(`plan = "business-32"`))
	w.planFails().matches(diagnostic("Error", "Follower and leader have different plans", `plan = "business-32"`, `Plan "business-32" is not the plan of the leader`))
	s.api(http.MethodPut, "/service/"+leaderName, map[string]any{"plan": "business-8"})

	const vpc = "11111111-2222-3333-4444-555555555555"
	s.sandbox.ControlPlane().AddVPC(s.project, vpc, "google-europe-west1")
	changed := []string{
		`cloud_name = "google-europe-west1"`, `project_vpc_id = "` + vpc + `"`, `termination_protection = true`,
		`maintenance_window = { day = "friday", time = "02:30:00" }`, `disk_space_mb = 184320`, `tags = { team = "search" }`,
		`user_config = jsonencode({ ip_filter = ["10.0.0.0/8"] })`,
	}
	w.write(follower(changed...))
	w.planUpdate()
	w.apply()
	w.expect(map[string]any{
		"cloud_name": "google-europe-west1", "project_vpc_id": vpc, "termination_protection": true, "disk_space_mb": 184320,
		"maintenance_window": map[string]any{"day": "friday", "time": "02:30:00"}, "tags": map[string]any{"team": "search"},
		"status": "replicating", "service_state": "RUNNING",
	})
	shows(map[string]any{
		"cloud_name": "google-europe-west1", "project_vpc_id": vpc, "termination_protection": true, "disk_space_mb": 184320,
		"tags": map[string]any{"team": "search"},
	})
	if config, ok := s.shown("search-eu")["user_config"].(map[string]any); !ok || fmt.Sprint(config["ip_filter"]) != "[10.0.0.0/8]" {
		t.Errorf("the API shows user_config %v", config)
	}
	w.planEmpty()

	// What the API refuses changes nothing, and is said in its words.
	w.write(follower(append(changed[:4:4], `disk_space_mb = 204800`)...))
	s.sandbox.ControlPlane().FailNext(controlplane.Match{Project: s.project, Operation: controlplane.ServiceUpdate}, 1, controlplane.Failure{Status: http.StatusBadRequest, Message: "No disks left"})
	w.applyFails().says("Error: Cannot update the follower service", "400: No disks left")
	w.expect(map[string]any{"disk_space_mb": 184320, "status": "replicating"})

	// Protection is refused at plan, before anything has happened: a
	// destroy, and what would replace the service.
	w.terraformFails("destroy", "-auto-approve", "-input=false").matches(diagnostic("Error", "Service is protected against deletion", changed[2],
		"Service "+s.project+"/search-eu has termination protection, so it cannot be destroyed. Set termination_protection = false, apply, and destroy again."))
	w.write(follower(append(changed, `service_name = "search-asia"`)...))
	w.planFails().says("Error: Service is protected against deletion")

	// What somebody changed by hand is put back; what is not managed is left.
	w.write(follower(changed...))
	s.api(http.MethodPut, "/service/search-eu", map[string]any{"termination_protection": false, "user_config": map[string]any{
		"ip_filter": []string{"0.0.0.0/0"}, "opensearch_dashboards": map[string]any{"enabled": false}}})
	r = w.planUpdate()
	r.says("~ termination_protection = false -> true", "~ user_config = (sensitive value)")
	r.saysNot("0.0.0.0/0")
	w.apply()
	shows(map[string]any{"termination_protection": true})
	if config, ok := s.shown("search-eu")["user_config"].(map[string]any); !ok || fmt.Sprint(config["ip_filter"]) != "[10.0.0.0/8]" || config["opensearch_dashboards"] == nil {
		t.Errorf("the API shows user_config %v", config)
	}
	w.planEmpty()

	// Only another pair replaces; the warning names what goes.
	changed[2] = `termination_protection = false`
	w.write(follower(changed...))
	w.apply()
	w.write(follower(append(changed, `service_name = "search-asia"`)...))
	r = w.plan()
	r.says("must be replaced", "1 to add, 0 to change, 1 to destroy",
		"Warning: Follower service "+s.project+"/search-eu will be destroyed and recreated", "Changing [service_name] forces replacement: service "+s.project+"/search-eu and all its data will be deleted. "+
			`To keep it, set desired_state = "promoted", apply, and remove the resource from the state (a removed block with destroy = false, or terraform state rm).`)
	s.paper("search-us-2", map[string]any{"plan": "business-8"})
	w.write(follower(append(changed, `leader_service_name = "search-us-2"`)...))
	r = w.plan()
	r.says("must be replaced", "Changing [leader_service_name] forces replacement")
	r.saysNot("Error:")

	if got := s.follower("search-eu").TransportAddress(); got != address {
		t.Errorf("the follower's node is another one: %s, it was %s", got, address)
	}
	if n := s.requests(controlplane.ServiceDelete); n != 0 {
		t.Errorf("%d services were deleted, want none", n)
	}
	s.lose("search-us-2")
	w.write(follower(changed...))
	w.destroy()
}

// A change of patterns starts what is new and ends what no pattern covers any
// more; what both match is never interrupted.
func TestFollower_PatternsChangeInPlace(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, index := range []string{"logs-1", "logs-2", "metrics-1", "traces-1"} {
		write(t, s.leader, index, 1, 2)
	}
	w := s.workspace()
	w.write(follower(`index_patterns = ["logs-*", "metrics-*"]`))
	w.apply()
	there := s.follower("search-eu")
	if got := indices(t, there); got != "logs-1 logs-2 metrics-1" {
		t.Errorf("the follower has indices %s", got)
	}
	before := map[string]string{"logs-1": indexUUID(t, there, "logs-1"), "logs-2": indexUUID(t, there, "logs-2")}
	there.Gateway().ForgetRequests()

	// logs-1 and logs-2 are matched by the old pattern and by the new ones.
	w.write(follower(`index_patterns = ["logs-1", "logs-2*", "traces-*"]`))
	w.planUpdate().matches(diagnostic("Warning", "1 index of follower "+s.project+"/search-eu will be deleted", "",
		"Apply deletes these indices on the follower with all their documents: metrics-1 (no pattern matches it any longer). "+
			"Those that the leader still has and a pattern matches are copied again."))
	w.apply()
	if got := indices(t, there); got != "logs-1 logs-2 traces-1" {
		t.Errorf("the follower has indices %s", got)
	}
	for index, id := range before {
		if got := indexUUID(t, there, index); got != id {
			t.Errorf("%s was built again: its UUID is %s, it was %s", index, got, id)
		}
	}
	for _, r := range there.Gateway().Requests() {
		if r.Method != http.MethodGet && (r.Path == "/_plugins/_replication/logs-1/_stop" || r.Path == "/_plugins/_replication/logs-1/_pause" || r.Path == "/_plugins/_replication/logs-1/_start") {
			t.Errorf("logs-1 was interrupted: %s", r)
		}
	}
	// New rules come before old ones go, and indices are ended last.
	order := []string{}
	for _, r := range there.Gateway().Requests() {
		switch {
		case r.Path == "/_plugins/_replication/traces-1/_start":
			order = append(order, "start traces-1")
		case r.Path == "/_plugins/_replication/_autofollow" && r.Method == http.MethodPost:
			order = append(order, "add rule")
		case r.Path == "/_plugins/_replication/_autofollow" && r.Method == http.MethodDelete:
			order = append(order, "remove rule")
		case r.Path == "/_plugins/_replication/metrics-1/_stop":
			order = append(order, "stop metrics-1")
		}
	}
	// How many rules go depends on the product's behaviour, which may have one of its own.
	if got, want := fmt.Sprint(slices.Compact(order)), "[start traces-1 add rule remove rule stop metrics-1]"; got != want {
		t.Errorf("the order was %s, want %s", got, want)
	}
	w.planEmpty()

	// Rules go on for the future: the next index of a pattern comes by itself.
	write(t, s.leader, "traces-2", 1, 4)
	write(t, s.leader, "metrics-2", 1, 1)
	eventually(t, "traces-2 is on the follower", func() bool {
		return replicationStatus(t, there, "traces-2") == "SYNCING" && count(t, there, "traces-2") == 4
	})
	if got := indices(t, there); got != "logs-1 logs-2 traces-1 traces-2" {
		t.Errorf("the follower has indices %s", got)
	}
	w.planEmpty()
	w.destroy()
	if got := count(t, s.leader, "metrics-1"); got != 2 {
		t.Errorf("the leader's metrics-1 has %d documents, want 2", got)
	}
}
