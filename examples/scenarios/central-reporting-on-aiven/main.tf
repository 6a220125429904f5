# A central reporting service on Aiven that follows several leaders. No index name may be covered by the patterns of two
# leaders, so each leader names its indices after its region.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

# AIVEN_TOKEN and AIVEN_PROJECT.
provider "opensearch" {}

locals {
  leaders = {
    search-us   = ["us-*"]
    search-asia = ["asia-*"]
  }
}

resource "opensearch_ccr_integration" "reporting" {
  for_each = local.leaders

  leader_service_name   = each.key
  follower_service_name = "search-reports"
  index_patterns        = each.value

  # The end of one integration must not delete the service that the others use.
  on_destroy = "promote"
}

data "opensearch_ccr_status" "reporting" {
  service_name = "search-reports"
  depends_on   = [opensearch_ccr_integration.reporting]
}

output "leader_of_each_index" {
  value = { for name, index in data.opensearch_ccr_status.reporting.indices : name => index.leader_alias }
}
