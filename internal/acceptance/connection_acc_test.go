// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const connectionAddress = "opensearch_ccr_connection.test"

func (d *duo) noRemote(*terraform.State) error {
	if left := d.remote(); len(left) > 0 {
		return fmt.Errorf("the connection is still there: %v", left)
	}
	return nil
}

func TestConnection_LifeAndImport(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	everything := []string{"node_connections = 2", "skip_unavailable = true", "compress = true", `ping_schedule = "30s"`}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.noRemote,
		Steps: []resource.TestStep{{
			Config:           d.config(),
			ConfigPlanChecks: emptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(connectionAddress, tfjsonpath.New("id"), knownvalue.StringExact("here/"+d.name("lead"))),
				statecheck.ExpectKnownValue(connectionAddress, tfjsonpath.New("mode"), knownvalue.StringExact("sniff")),
				statecheck.ExpectKnownValue(connectionAddress, tfjsonpath.New("skip_unavailable"), knownvalue.Null()),
			},
		}, {
			ResourceName: connectionAddress, ImportState: true, ImportStateVerify: true,
		}, {
			Config: d.config(), ResourceName: connectionAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
			ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(connectionAddress, plancheck.ResourceActionNoop)}},
		}, {
			Config: d.provider() + d.connection(everything...),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(connectionAddress, plancheck.ResourceActionUpdate)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: func(*terraform.State) error {
				want := map[string]any{"node_connections": "2", "skip_unavailable": "true", "transport.compress": "true", "transport.ping_schedule": "30s", "mode": "sniff"}
				there := d.remote()
				for name, value := range want {
					if there[name] != value {
						return fmt.Errorf("%s is %v, want %v", name, there[name], value)
					}
				}
				return nil
			},
		}, {
			ResourceName: connectionAddress, ImportState: true, ImportStateVerify: true,
		}, {
			// What is taken out of the configuration is taken away.
			Config:           d.config(),
			ConfigPlanChecks: emptyPlan(),
			Check: func(*terraform.State) error {
				if there := d.remote(); len(there) != 2 {
					return fmt.Errorf("settings are %v, want mode and seeds only", there)
				}
				return nil
			},
		}},
	})
}

// Point 7: settings of a connection that were changed or deleted outside are
// seen, every one of them.
func TestConnection_EverySettingThatWasChangedOrDeletedIsSeen(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	config := d.provider() + d.connection("node_connections = 2", "skip_unavailable = true", "compress = true", `ping_schedule = "30s"`)
	steps := []resource.TestStep{{Config: config, ConfigPlanChecks: emptyPlan()}}
	for _, change := range []struct {
		attribute, setting string
		other              any
	}{
		{"seeds", "seeds", []string{"127.0.0.1:1", d.leader.TransportAddress()}},
		{"node_connections", "node_connections", 5},
		{"skip_unavailable", "skip_unavailable", false},
		{"compress", "transport.compress", false},
		{"ping_schedule", "transport.ping_schedule", "60s"},
	} {
		for _, value := range []any{change.other, nil} {
			if change.setting == "seeds" && value == nil {
				continue // a connection in mode sniff without seeds is none: the next step
			}
			steps = append(steps, resource.TestStep{
				PreConfig: func() { d.setRemote(map[string]any{change.setting: value}) },
				Config:    config,
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(connectionAddress, plancheck.ResourceActionUpdate),
						expectChange(connectionAddress, change.attribute),
					},
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			})
		}
	}
	steps = append(steps, resource.TestStep{
		PreConfig: func() { d.cleanRemote() },
		Config:    config,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(connectionAddress, plancheck.ResourceActionCreate)},
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: testProviders(), CheckDestroy: d.noRemote, Steps: steps})
}

// A setting that somebody set as a transient one, which goes before a
// persistent one, is seen and put right too.
func TestConnection_TransientSettingsAreSeen(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.noRemote,
		Steps: []resource.TestStep{{Config: d.config(), ConfigPlanChecks: emptyPlan()}, {
			PreConfig: func() {
				ask(t, d.follower, "PUT", "/_cluster/settings", map[string]any{"transient": map[string]any{
					"cluster.remote." + d.name("lead") + ".seeds":            []string{d.leader.TransportAddress()},
					"cluster.remote." + d.name("lead") + ".skip_unavailable": true,
				}})
			},
			Config: d.config(),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{expectChange(connectionAddress, "skip_unavailable")},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		}},
	})
}

// A connection to a dead seed is an error after a bounded wait, with what
// _remote/info said, and that it is tainted. One that somebody else has made is
// adopted with a warning: a tainted one would be removed by the next apply.
func TestConnection_DeadSeedIsAnErrorAfterABoundedWait(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	dead := closedPort(t)
	var began time.Time
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.noRemote,
		Steps: []resource.TestStep{{
			PreConfig: func() { began = time.Now() },
			Config: d.provider() + fmt.Sprintf(`
resource "opensearch_ccr_connection" "test" {
  cluster  = "here"
  name     = %q
  seeds    = [%q]
  timeouts = { create = "12s" }
}`, d.name("lead"), dead),
			ExpectError: regexp.MustCompile(`(?s)mode\s+sniff,\s+` + regexp.QuoteMeta(dead) + `\)\s+is\s+not\s+connected.*marked\s+as\s+tainted.*terraform\s+untaint\s+ADDRESS.*timeouts\.create`),
		}},
	})
	d.setRemote(map[string]any{"mode": "sniff", "seeds": []string{dead}})
	w := newWorkspace(t)
	w.write(d.provider() + fmt.Sprintf("resource \"opensearch_ccr_connection\" \"test\" {\n  cluster = \"here\"\n  name = %q\n  seeds = [%q]\n  timeouts = { create = \"3s\" }\n}\n", d.name("lead"), dead))
	w.apply().says("Warning: Existing connection "+d.name("lead")+" on here was adopted", "Warning: Leader of connection "+d.name("lead")+" on here is not connected", "The adopted connection is kept")
	w.planEmpty()
	w.destroy()
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

func TestConnection_ThroughAProxy(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	proxy := fmt.Sprintf(`
resource "opensearch_ccr_connection" "test" {
  cluster                  = "here"
  name                     = %q
  mode                     = "proxy"
  proxy_address            = %q
  proxy_socket_connections = 3
  server_name              = "leader.example.com"
}
`, d.name("lead"), d.leader.TransportAddress())
	write(t, d.leader, d.name("movies"), 1, 3)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		CheckDestroy:             d.noRemote,
		Steps: []resource.TestStep{{
			Config:           d.config(),
			ConfigPlanChecks: emptyPlan(),
		}, {
			// From one mode to the other, in place and in one request.
			Config: d.provider() + proxy + d.replication(d.name("movies"), `on_destroy = "delete_index"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(connectionAddress, plancheck.ResourceActionUpdate)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
			Check: func(*terraform.State) error {
				if got := count(t, d.follower, d.name("movies")); got != 3 {
					return fmt.Errorf("%d documents came through the proxy, want 3", got)
				}
				return nil
			},
		}, {
			ResourceName: connectionAddress, ImportState: true, ImportStateVerify: true,
		}, {
			PreConfig: func() {
				d.setRemote(map[string]any{"server_name": "other.example.com", "proxy_socket_connections": nil})
			},
			Config: d.provider() + proxy + d.replication(d.name("movies"), `on_destroy = "delete_index"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{expectChange(connectionAddress, "server_name"), expectChange(connectionAddress, "proxy_socket_connections")},
			},
		}, {
			PreConfig: func() {
				d.setRemote(map[string]any{"mode": "sniff", "seeds": []string{d.leader.TransportAddress()}, "proxy_address": nil, "proxy_socket_connections": nil, "server_name": nil})
			},
			Config: d.provider() + proxy + d.replication(d.name("movies"), `on_destroy = "delete_index"`),
			ConfigPlanChecks: planned(connectionAddress, plancheck.ResourceActionUpdate, expectChange(connectionAddress, "mode"),
				expectChange(connectionAddress, "seeds"), expectChange(connectionAddress, "proxy_address")),
		}},
	})
}

func TestConnection_NameThatIsTakenIsRefused(t *testing.T) {
	t.Parallel()
	d := newDuo(t)
	d.connect()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(),
		Steps: []resource.TestStep{{
			Config:      d.provider() + d.connection("skip_unavailable = true"),
			ExpectError: regexp.MustCompile(`(?s)already exists.*terraform import`),
		}},
	})
}

// closedPort is an address of this machine at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if err := listener.Close(); err != nil || !ok {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(address.Port))
}
