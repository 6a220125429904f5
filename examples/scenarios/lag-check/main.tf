# Lag as a check: every plan and apply warns when the follower is behind, without failing.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

resource "opensearch_ccr_follower" "eu" {
  leader_service_name = "search-us"
  service_name        = "search-eu"
  cloud_name          = "aws-eu-west-1"
}

check "replication" {
  data "opensearch_ccr_status" "eu" {
    service_name = opensearch_ccr_follower.eu.service_name
  }

  assert {
    condition     = data.opensearch_ccr_status.eu.healthy
    error_message = "search-eu does not replicate everything: ${jsonencode(data.opensearch_ccr_status.eu.totals)}"
  }

  assert {
    # Null where no lag is known; what is wrong then is in the other assertion.
    condition     = coalesce(data.opensearch_ccr_status.eu.greatest_lag, 0) < 10000
    error_message = "search-eu is ${coalesce(data.opensearch_ccr_status.eu.greatest_lag, 0)} operations behind its leader."
  }
}
