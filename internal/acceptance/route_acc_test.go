// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"testing"
)

// A leader and a follower that can be reached on one route only. The leader need
// not be reachable; where the follower is not, its other addresses are named, and
// aiven.route chooses one.
func TestRoute_ServiceWithOneWayToReachIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, s.leader, "movies", 1, 3)
	plane := s.sandbox.ControlPlane()
	if err := plane.OnlyRoute(s.ref(leaderName), "privatelink"); err != nil {
		t.Fatal(err)
	}
	w := s.workspace()
	w.write(follower())
	w.apply()
	w.expect(map[string]any{"status": "replicating", "status_reason": nil})

	if err := plane.OnlyRoute(s.ref("search-eu"), "public"); err != nil {
		t.Fatal(err)
	}
	const hint = "also has addresses on the routes public (aiven.route in the provider block)"
	w.plan().says(hint, "No changes")
	w.write(routed("privatelink") + follower())
	w.plan().says("has no address on route privatelink. Set aiven.route in the provider block to a route that it has: dynamic, public")
	w.write(routed("by-bike") + follower())
	w.planFails().says("aiven.route", `"by-bike"`)
	w.write(routed("public") + follower())
	w.apply()
	w.expect(map[string]any{"status": "replicating", "status_reason": nil, "service_uri": s.follower("search-eu").URL()})
	w.planEmpty()
}

func routed(route string) string {
	return "provider \"opensearch\" {\n  aiven = { route = \"" + route + "\" }\n}\n"
}
