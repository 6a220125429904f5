# An upgrade of both services, the follower first. The version is a variable, so that each step is one apply.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "follower_version" {
  type    = string
  default = "2.19"
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
  opensearch_version  = var.follower_version
}

output "status" {
  value = opensearch_ccr_follower.eu.status
}
