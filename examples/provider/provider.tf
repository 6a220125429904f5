terraform {
  required_providers {
    opensearch = {
      source = "opensearch-ccr/opensearch"
    }
  }
}

variable "aiven_token" {
  type      = string
  sensitive = true
}

variable "paris_password" {
  type      = string
  sensitive = true
}

provider "opensearch" {
  # For the resources that manage Aiven services. Without this block the provider
  # reads AIVEN_TOKEN, AIVEN_PROJECT and AIVEN_WEB_URL.
  aiven = {
    token   = var.aiven_token
    project = "acme"
  }

  # For the resources that manage single indices, on any cluster.
  clusters = {
    paris = {
      url            = "https://paris.example.com:9200"
      username       = "terraform"
      password       = var.paris_password
      ca_certificate = file("${path.module}/ca.pem")
    }
  }
}
