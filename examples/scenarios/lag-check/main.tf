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

# Outside the check block: a data source inside one is read again at apply, so no plan would ever be empty.
data "opensearch_ccr_status" "eu" {
  service_name   = opensearch_ccr_follower.eu.service_name
  index_patterns = opensearch_ccr_follower.eu.index_patterns

  # Read after an apply that creates or repairs the follower, else in every plan.
  depends_on = [opensearch_ccr_follower.eu]
}

check "replication" {
  assert {
    condition     = data.opensearch_ccr_status.eu.healthy
    error_message = "search-eu is not healthy: ${coalesce(data.opensearch_ccr_status.eu.reason, "no reason is known")}."
  }

  assert {
    # Null where no lag is known; what is wrong then is in the other assertion.
    condition     = coalesce(data.opensearch_ccr_status.eu.greatest_lag, 0) < 10000
    error_message = "search-eu is ${coalesce(data.opensearch_ccr_status.eu.greatest_lag, 0)} operations behind its leader."
  }
}
