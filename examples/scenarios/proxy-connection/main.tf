# A leader whose nodes the follower cannot reach one by one: everything goes through one address.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "paris_token" {
  type      = string
  sensitive = true
}

provider "opensearch" {
  clusters = {
    paris = {
      url   = "https://paris.example.com:9200"
      token = var.paris_token
    }
  }
}

resource "opensearch_ccr_connection" "tokyo" {
  cluster                  = "paris"
  name                     = "tokyo"
  mode                     = "proxy"
  proxy_address            = "proxy.tokyo.example.com:9400"
  proxy_socket_connections = 8

  # What the proxy routes by.
  server_name = "opensearch.tokyo.example.com"

  ping_schedule = "30s"
  compress      = true
}

resource "opensearch_ccr_replication" "orders" {
  cluster        = "paris"
  leader_alias   = opensearch_ccr_connection.tokyo.name
  leader_index   = "orders"
  follower_index = "tokyo-orders"
}
