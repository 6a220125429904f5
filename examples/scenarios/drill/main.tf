# A drill that risks nothing: a second follower of the same leader is created, promoted, checked and destroyed, while the
# real one keeps replicating.
#
#   create    terraform apply -var drill=replicating
#   promote   terraform apply -var drill=promoted
#   end       terraform apply

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "drill" {
  type        = string
  default     = "off"
  description = "off, replicating or promoted."
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
}

resource "opensearch_ccr_follower" "drill" {
  count = var.drill == "off" ? 0 : 1

  leader_service_name = "search-us"
  service_name        = "search-drill"
  cloud_name          = "aws-eu-west-1"
  desired_state       = var.drill
}

check "drill" {
  assert {
    condition     = alltrue([for f in opensearch_ccr_follower.drill : f.status == var.drill])
    error_message = "The drill is ${join(", ", [for f in opensearch_ccr_follower.drill : "${f.status}: ${coalesce(f.status_reason, "no reason is known")}"])}."
  }

  assert {
    condition     = alltrue(flatten([for f in opensearch_ccr_follower.drill : [for end in values(coalesce(f.ended_at, {})) : end.in_sync]]))
    error_message = "An index was not in sync when the drill was promoted."
  }

  assert {
    condition     = opensearch_ccr_follower.eu.status == "replicating"
    error_message = "The real follower is ${opensearch_ccr_follower.eu.status}."
  }
}
