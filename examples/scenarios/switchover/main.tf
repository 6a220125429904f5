# A planned switchover and back: swapping leader and follower reverses the direction in one apply. Writes on the leader
# are blocked first, the follower catches up, and then the old leader follows it: nothing is lost.
#
#   over    terraform apply -var leader=search-eu -var follower=search-us
#   back    terraform apply
#
# rebuild = true permits to delete the old leader's indices, which are copied again from the new one. The plan names them.

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

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_integration" "dr" {
  leader_service_name   = var.leader
  follower_service_name = var.follower
  rebuild               = true
  on_destroy            = "promote"
}

output "write_to" {
  description = "The service that applications write to."
  value       = opensearch_ccr_integration.dr.leader_service_name
}
