# Two providers with the prefix opensearch_: that of the OpenSearch project makes the roles, this one the replication.

terraform {
  required_providers {
    opensearch = {
      source  = "opensearch-project/opensearch"
      version = "~> 2.3"
    }
    ccr = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "london_password" {
  type      = string
  sensitive = true
}

variable "paris_password" {
  type      = string
  sensitive = true
}

# That provider has one cluster in each configuration.
provider "opensearch" {
  alias    = "london"
  url      = "https://london.example.com:9200"
  username = "terraform"
  password = var.london_password
}

provider "opensearch" {
  alias    = "paris"
  url      = "https://paris.example.com:9200"
  username = "terraform"
  password = var.paris_password
}

provider "ccr" {
  clusters = {
    paris = {
      url      = "https://paris.example.com:9200"
      username = "terraform"
      password = var.paris_password
    }
  }
}

# On the leader: what a replication may read there.
resource "opensearch_role" "leader" {
  provider  = opensearch.london
  role_name = "logs_leader"

  index_permissions {
    index_patterns = ["logs-*"]
    allowed_actions = [
      "indices:admin/plugins/replication/index/setup/validate",
      "indices:data/read/plugins/replication/changes",
      "indices:data/read/plugins/replication/file_chunk",
    ]
  }
}

resource "opensearch_roles_mapping" "leader" {
  provider  = opensearch.london
  role_name = opensearch_role.leader.role_name
  users     = ["terraform"]
}

# On the follower: what a replication may do there.
resource "opensearch_role" "follower" {
  provider            = opensearch.paris
  role_name           = "logs_follower"
  cluster_permissions = ["cluster:admin/plugins/replication/autofollow/update"]

  index_permissions {
    index_patterns = ["logs-*"]
    allowed_actions = [
      "indices:admin/plugins/replication/index/setup/validate",
      "indices:admin/plugins/replication/index/start",
      "indices:admin/plugins/replication/index/pause",
      "indices:admin/plugins/replication/index/resume",
      "indices:admin/plugins/replication/index/stop",
      "indices:admin/plugins/replication/index/update",
      "indices:admin/plugins/replication/index/status_check",
      "indices:data/write/plugins/replication/changes",
    ]
  }
}

resource "opensearch_roles_mapping" "follower" {
  provider  = opensearch.paris
  role_name = opensearch_role.follower.role_name
  users     = ["terraform"]
}

# `provider = ccr`, or Terraform takes the provider that the prefix of the resource is the name of.
resource "opensearch_ccr_connection" "london" {
  provider = ccr
  cluster  = "paris"
  name     = "london"
  seeds    = ["london-1.example.com:9300"]
}

resource "opensearch_ccr_autofollow_rule" "logs" {
  provider     = ccr
  cluster      = "paris"
  name         = "logs"
  leader_alias = opensearch_ccr_connection.london.name
  pattern      = "logs-*"

  # From the mappings, so that both roles are there and mapped before the rule is made.
  use_roles = {
    leader_cluster_role   = opensearch_roles_mapping.leader.role_name
    follower_cluster_role = opensearch_roles_mapping.follower.role_name
  }
}
