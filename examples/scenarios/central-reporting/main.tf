# A central reporting cluster: three leaders, one follower. Each leader names its indices after its place, so that
# no two of them meet on the follower.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "reporting_password" {
  type      = string
  sensitive = true
}

provider "opensearch" {
  clusters = {
    reporting = {
      url      = "https://reporting.example.com:9200"
      username = "terraform"
      password = var.reporting_password
    }
  }
}

locals {
  leaders = {
    london = ["london-1.example.com:9300"]
    paris  = ["paris-1.example.com:9300"]
    tokyo  = ["tokyo-1.example.com:9300", "tokyo-2.example.com:9300"]
  }
}

resource "opensearch_ccr_connection" "leader" {
  for_each = local.leaders

  cluster = "reporting"
  name    = each.key
  seeds   = each.value

  # A report over all three still works when one of them is unreachable.
  skip_unavailable = true
}

resource "opensearch_ccr_autofollow_rule" "sales" {
  for_each = local.leaders

  cluster      = "reporting"
  name         = "sales-${each.key}"
  leader_alias = opensearch_ccr_connection.leader[each.key].name
  pattern      = "${each.key}-sales-*"

  use_roles = {
    leader_cluster_role   = "ccr_leader"
    follower_cluster_role = "ccr_follower"
  }
}
