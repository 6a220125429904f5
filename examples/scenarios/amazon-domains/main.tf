# Two domains of Amazon OpenSearch Service, the requests signed with a role. The connection between domains is made
# in the AWS console or by the AWS provider and accepted there; here its alias is used.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

provider "opensearch" {
  clusters = {
    paris = {
      url = "https://search-paris-abc123.eu-west-3.es.amazonaws.com"
      aws = {
        region   = "eu-west-3"
        role_arn = "arn:aws:iam::123456789012:role/replication"
      }
    }
  }
}

resource "opensearch_ccr_autofollow_rule" "orders" {
  cluster      = "paris"
  name         = "orders"
  leader_alias = "virginia"
  pattern      = "orders-*"

  use_roles = {
    leader_cluster_role   = "cross_cluster_replication_leader_full_access"
    follower_cluster_role = "cross_cluster_replication_follower_full_access"
  }
}
