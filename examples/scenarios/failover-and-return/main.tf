# A failover and the way back, with two services that exist. Each step is one apply:
#
#   the leader is lost           terraform apply -var promoted=true
#   it has come back             terraform apply -var leader=search-eu -var follower=search-us -var rebuild=true
#   the way back is complete     terraform apply -var leader=search-eu -var follower=search-us
#
# The plan of the second step says for each index which writes only the old leader has: they are lost.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "leader" {
  type    = string
  default = "search-us"
}

variable "follower" {
  type    = string
  default = "search-eu"
}

variable "promoted" {
  type    = bool
  default = false
}

variable "rebuild" {
  type    = bool
  default = false
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_integration" "dr" {
  leader_service_name   = var.leader
  follower_service_name = var.follower
  desired_state         = var.promoted ? "promoted" : "replicating"
  rebuild               = var.rebuild

  # Whatever becomes of this configuration, no service is deleted.
  on_destroy = "promote"
}

output "write_to" {
  description = "The service that applications write to."
  value       = var.promoted ? var.follower : var.leader
}

output "not_in_sync" {
  description = "Indices that may lack writes of the lost leader, with the checkpoint that they have."
  value       = { for name, end in coalesce(opensearch_ccr_integration.dr.ended_at, {}) : name => end.checkpoint if !end.in_sync }
}
