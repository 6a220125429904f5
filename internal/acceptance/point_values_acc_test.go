// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// valuesWorkspace is a workspace whose provider talks to a world in memory, with
// the cluster here in its provider block.
func valuesWorkspace(t *testing.T) *workspace {
	t.Helper()
	skipUnlessAcceptance(t)
	world := newValuesWorld(t)
	aiven, cluster := world.provider["aiven"].(fields), world.clusterOf("central")
	return newWorkspace(t, fmt.Sprint("AIVEN_WEB_URL=", aiven["api_url"]), "AIVEN_TOKEN="+modelToken, "AIVEN_PROJECT="+modelProject,
		fmt.Sprintf("TF_VAR_here={url=%q,username=%q,password=%q}", cluster["url"], cluster["username"], cluster["password"]))
}

const hereBlock = `
variable "here" { type = map(string) }
provider "opensearch" {
  clusters = { here = { url = var.here.url, username = var.here.username, password = var.here.password } }
}
`

// refuses fails the test unless a command ends with these errors and no others,
// each of which is the resource and the line that it points at, and what it says.
func (r run) refuses(want ...[3]string) {
	r.t.Helper()
	for _, w := range want {
		r.says(w[0], w[1], w[2])
	}
	if n := strings.Count(r.output, "Error: "); r.code != 1 || n != len(want) {
		r.t.Errorf("exit code %d and %d errors, want 1 and %d:\n%s", r.code, n, len(want), r.output)
	}
}

// What needs no API is refused by terraform validate, all of it at once.
func TestPoint9_08_RefusedAtValidate(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(`
resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-us-east-1"
  plan                = ""
  project_vpc_id      = "main"
  user_config         = jsonencode(["a secret"])
  timeouts            = { create = "0s" }
}
resource "opensearch_ccr_connection" "london" {
  cluster          = "here"
  name             = "london"
  seeds            = ["london.example.com:93000"]
  node_connections = 1.5
}
resource "opensearch_ccr_replication" "movies" {
  cluster        = "here"
  follower_index = "movies"
  leader_alias   = "london"
  leader_index   = "movies"
  settings       = { "index.number_of_shards" = "2" }
}`)
	r := w.terraform("validate")
	const eu, london, movies = "with opensearch_ccr_follower.eu,", "with opensearch_ccr_connection.london,", "with opensearch_ccr_replication.movies,"
	r.refuses(
		[3]string{eu, `plan                = ""`, "the name of a plan must not be empty"},
		[3]string{eu, `project_vpc_id      = "main"`, `VPC ID "main" is not of the form`},
		[3]string{eu, `user_config         = jsonencode(["a secret"])`, "Invalid user_config"},
		[3]string{eu, `in resource "opensearch_ccr_follower" "eu"`, `Attribute timeouts.create must be a time longer than zero, such as "90s", "45m" or "2h30m", got: "0s"`},
		[3]string{london, `seeds            = ["london.example.com:93000"]`, `port "93000" is not a number from 1 to 65535`},
		[3]string{london, "node_connections = 1.5", "Attribute node_connections must be a whole number from 1 to 2147483647, got: 1.5"},
		[3]string{movies, `settings       = { "index.number_of_shards" = "2" }`, "index.number_of_shards is fixed when an index is created, and a replica has its leader's."},
	)
	w.write(`provider "opensearch" {
  clusters = { here = { url = "https://here.example.com", ca_certificate = "ca.pem" } }
}
resource "opensearch_ccr_connection" "london" {
  cluster = "here"
  name    = "london"
  seeds   = ["london.example.com:9300"]
}`)
	w.terraform("validate").refuses([3]string{`in provider "opensearch"`, "Invalid certificate", `Cluster "here": ca_certificate holds no certificate in PEM`})
}

// What an API or a cluster knows is refused by terraform plan, all of it at once
// and before anything is created.
func TestPoint9_08To12_RefusedAtPlan(t *testing.T) {
	t.Parallel()
	w := valuesWorkspace(t)
	w.write(hereBlock + `
resource "opensearch_ccr_follower" "disk" {
  leader_service_name = "search-us"
  service_name        = "search-disk"
  cloud_name          = "aws-us-east-1"
  disk_space_mb       = 5
}
resource "opensearch_ccr_follower" "vpc" {
  leader_service_name = "search-us"
  service_name        = "search-vpc"
  cloud_name          = "aws-us-east-1"
  project_vpc_id      = "99999999-2222-3333-4444-555555555555"
}
resource "opensearch_ccr_follower" "away" {
  leader_service_name = "search-us"
  service_name        = "search-away"
  cloud_name          = "aws-eu-west-1"
  project_vpc_id      = "` + valuesVPC + `"
}
resource "opensearch_ccr_follower" "twice" {
  count               = 2
  leader_service_name = "search-us"
  service_name        = "search-twice"
  cloud_name          = "aws-us-east-1"
}
resource "opensearch_ccr_connection" "typo" {
  cluster = "her"
  name    = "paris"
  seeds   = ["paris.example.com:9300"]
}
resource "opensearch_ccr_integration" "plan" {
  leader_service_name   = "search-us"
  follower_service_name = "search-new"
  leader_plan           = "business-8"
  follower_plan         = "business-8"
}
resource "opensearch_ccr_replication" "alias" {
  cluster        = "here"
  follower_index = "movies"
  leader_alias   = "londn"
  leader_index   = "movies"
}
resource "opensearch_ccr_connection" "paris" {
  cluster = "here"
  name    = "paris"
  seeds   = ["paris.example.com:9300"]
}
resource "opensearch_ccr_autofollow_rule" "paris" {
  cluster      = "here"
  name         = "paris"
  leader_alias = opensearch_ccr_connection.paris.name
  pattern      = "*"
}
data "opensearch_ccr_plans" "nowhere" {
  leader_service_name = "search-us"
  cloud_name          = "aws-eu-north-9"
}`)
	w.plan().refuses(
		[3]string{"with opensearch_ccr_follower.disk,", "disk_space_mb       = 5", "A disk space of 5 MB is not possible"},
		[3]string{"with opensearch_ccr_follower.vpc,", `project_vpc_id      = "99999999-2222-3333-4444-555555555555"`, "exists neither in project acme nor in its organization"},
		[3]string{"with opensearch_ccr_follower.away,", `project_vpc_id      = "` + valuesVPC + `"`, "is in cloud aws-us-east-1, and the service is to be in aws-eu-west-1"},
		[3]string{"with opensearch_ccr_follower.twice[", `service_name        = "search-twice"`, "Service acme/search-twice is in this configuration twice"},
		[3]string{"with opensearch_ccr_connection.typo,", `cluster = "her"`, `does not define cluster "her" (it defines here)`},
		[3]string{"with opensearch_ccr_integration.plan,", `leader_plan           = "business-8"`, `Service acme/search-us has plan "business-4", and leader_plan is "business-8".`},
		[3]string{"with opensearch_ccr_replication.alias,", `leader_alias   = "londn"`, "Cluster here has no remote cluster named londn"},
		[3]string{"with data.opensearch_ccr_plans.nowhere,", `cloud_name          = "aws-eu-north-9"`, `No OpenSearch plan is offered in cloud "aws-eu-north-9" for this project.`},
	)
}

// A follower that is replaced is not in the configuration twice, and one that
// exists is refused a second resource.
func TestPoint9_12_ReplacedIsNotTwice(t *testing.T) {
	t.Parallel()
	w := valuesWorkspace(t)
	const second = `
resource "opensearch_ccr_follower" "second" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-us-east-1"
  tags                = { second = "yes" }
}`
	w.write(follower(`cloud_name = "aws-us-east-1"`))
	w.apply()
	if r := w.plan("-replace=" + followerAddress); r.code != 2 {
		t.Errorf("-replace is refused:\n%s", r.output)
	}
	w.write(follower(`cloud_name = "aws-us-east-1"`) + second)
	r := w.planFails()
	r.says("Error: Service acme/search-eu is in this configuration twice", "and a service is managed by one resource")
	w.terraform("taint", followerAddress)
	w.write(follower(`cloud_name = "aws-us-east-1"`))
	if r := w.plan(); r.code != 2 {
		t.Errorf("a tainted follower is refused:\n%s", r.output)
	}
}
