# Two clusters of your own with the security plugin: paris follows london. Only the follower is talked to.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "paris_password" {
  type      = string
  sensitive = true
}

provider "opensearch" {
  clusters = {
    paris = {
      url            = "https://paris.example.com:9200"
      username       = "terraform"
      password       = var.paris_password
      ca_certificate = file("${path.module}/ca.pem")
    }
  }
}

locals {
  # Made on each side beforehand: one that may read there, one that may write here.
  roles = {
    leader_cluster_role   = "ccr_leader"
    follower_cluster_role = "ccr_follower"
  }
}

resource "opensearch_ccr_connection" "london" {
  cluster = "paris"
  name    = "london"
  seeds   = ["london-1.example.com:9300", "london-2.example.com:9300"]
}

# One index, under another name.
resource "opensearch_ccr_replication" "products" {
  cluster        = "paris"
  leader_alias   = opensearch_ccr_connection.london.name
  leader_index   = "products"
  follower_index = "london-products"
  use_roles      = local.roles
}

# Whatever begins with logs-, also what is made tomorrow.
resource "opensearch_ccr_autofollow_rule" "logs" {
  cluster      = "paris"
  name         = "logs"
  leader_alias = opensearch_ccr_connection.london.name
  pattern      = "logs-*"
  use_roles    = local.roles
}
