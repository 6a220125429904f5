# Two services on Aiven that exist: search-eu becomes a follower of search-us.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_integration" "us_to_eu" {
  leader_service_name   = "search-us"
  follower_service_name = "search-eu"
  index_patterns        = ["orders", "products"]

  # Destroy ends the replication and keeps the service. The default deletes the service.
  on_destroy = "promote"
}

output "status" {
  value = opensearch_ccr_integration.us_to_eu.status
}
