# What `make demo` applies: a follower beside the leader search-us.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "project" {
  type        = string
  description = "Project of the leader and of the follower."
}

variable "plan" {
  type        = string
  default     = null
  description = "Plan of the follower; the leader's where it is null."
}

# The token comes from AIVEN_TOKEN.
provider "opensearch" {
  aiven = {
    project = var.project
  }
}

resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
  plan                = var.plan
}

output "status" {
  value = opensearch_ccr_follower.eu.status
}

output "leader_alias" {
  value = opensearch_ccr_follower.eu.leader_alias
}

output "service_uri" {
  value = opensearch_ccr_follower.eu.service_uri
}
