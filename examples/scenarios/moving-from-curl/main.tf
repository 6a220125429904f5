# What three curl commands have set up on the follower paris: a connection, a replication and an autofollow rule.

terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "paris_username" {
  type = string
}

variable "paris_password" {
  type      = string
  sensitive = true
}

provider "opensearch" {
  clusters = {
    paris = {
      url      = "https://paris.example.com:9200"
      username = var.paris_username
      password = var.paris_password
    }
  }
}

import {
  to = opensearch_ccr_connection.london
  id = "paris/london"
}

resource "opensearch_ccr_connection" "london" {
  cluster = "paris"
  name    = "london"
  seeds   = ["london-1.example.com:9300"]
}

import {
  to = opensearch_ccr_replication.products
  id = "paris/products"
}

resource "opensearch_ccr_replication" "products" {
  cluster        = "paris"
  leader_alias   = opensearch_ccr_connection.london.name
  leader_index   = "products"
  follower_index = "products"
}

import {
  to = opensearch_ccr_autofollow_rule.logs
  id = "paris/london/logs"
}

resource "opensearch_ccr_autofollow_rule" "logs" {
  cluster      = "paris"
  name         = "logs"
  leader_alias = opensearch_ccr_connection.london.name
  pattern      = "logs-*"
}
