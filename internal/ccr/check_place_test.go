// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package ccr

import "testing"

func TestCheckDisk(t *testing.T) {
	t.Parallel()
	limits := func(from, to, step int) Plan {
		return Plan{Name: "business-4", Clouds: map[string]Capacity{"do-fra": {DiskMB: from, DiskMaxMB: to, DiskStepMB: step}}}
	}
	of := func(mb, allowed string) []string {
		return []string{"disk: A disk space of " + mb + ` MB is not possible: a service of plan "business-4" in cloud "do-fra" can have a disk space ` + allowed + ", or leave disk out for what the plan has."}
	}
	for name, tt := range map[string]struct {
		plan Plan
		mb   int
		want []string
	}{
		"not set":                  {limits(100, 300, 50), 0, nil},
		"the plan's":               {limits(100, 300, 50), 100, nil},
		"the most":                 {limits(100, 300, 50), 300, nil},
		"a step":                   {limits(100, 300, 50), 150, nil},
		"too small":                {limits(100, 300, 50), 99, of("99", "from 100 MB to 300 MB, in steps of 50 MB. Choose 100")},
		"too large":                {limits(100, 300, 50), 301, of("301", "from 100 MB to 300 MB, in steps of 50 MB. Choose 300")},
		"between two steps":        {limits(100, 300, 50), 101, of("101", "from 100 MB to 300 MB, in steps of 50 MB. Choose 150")},
		"the last step is cut":     {limits(100, 320, 50), 310, of("310", "from 100 MB to 320 MB, in steps of 50 MB. Choose 320")},
		"only a least is known":    {limits(100, 0, 0), 99, of("99", "from 100 MB. Choose 100")},
		"no most, between steps":   {limits(100, 0, 50), 120, of("120", "from 100 MB, in steps of 50 MB. Choose 150")},
		"nothing is known":         {limits(0, 0, 0), 1, nil},
		"the plan is not on offer": {Plan{Name: "business-8"}, 1, nil},
		"the plan is not in there": {Plan{Name: "business-4", Clouds: map[string]Capacity{"aws-eu-west-1": {DiskMB: 100}}}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertTexts(t, details(CheckDisk("disk", tt.mb, PlanChoice{Plan: "business-4", Cloud: "do-fra", Offered: []Plan{tt.plan}})), tt.want)
		})
	}
}

func TestCheckVPC(t *testing.T) {
	t.Parallel()
	in := func(clouds ...string) Fact[VPC] { return Present(VPC{ID: "v", Clouds: clouds}) }
	for name, tt := range map[string]struct {
		vpc     Fact[VPC]
		cloud   string
		want    []string
		warning bool
	}{
		"in the cloud":            {in("do-fra"), "do-fra", nil, false},
		"in several":              {in("do-nyc", "do-fra"), "do-fra", nil, false},
		"its clouds are not said": {in(), "do-fra", nil, false},
		"the cloud is not known":  {in("do-nyc"), "", nil, false},
		"in another": {in("do-nyc"), "do-fra",
			[]string{`vpc: VPC v is in cloud do-nyc, and the service is to be in do-fra. A service can only be in a VPC of its own cloud. Choose a VPC in do-fra, "" for none, or cloud_name = "do-nyc".`}, false},
		"missing": {Absent[VPC]("404"), "do-fra",
			[]string{"vpc: VPC v exists neither in project acme nor in its organization, or the token may not see it. Check the ID and the project."}, false},
		"may not be read": {Unknown[VPC]("403: Forbidden"), "do-fra",
			[]string{"vpc: Whether project acme can use VPC v is not known: 403: Forbidden. Apply decides."}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checks := CheckVPC("vpc", "v", "acme", tt.cloud, tt.vpc)
			assertTexts(t, details(checks), tt.want)
			for _, c := range checks {
				if c.Warning != tt.warning {
					t.Errorf("warning is %t", c.Warning)
				}
			}
		})
	}
}
