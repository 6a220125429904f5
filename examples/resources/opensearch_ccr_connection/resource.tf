# paris follows london: it asks two of london's nodes for the others.
resource "opensearch_ccr_connection" "london" {
  cluster = "paris"
  name    = "london"
  seeds   = ["london-1.example.com:9300", "london-2.example.com:9300"]
}

# A leader behind a proxy or load balancer.
resource "opensearch_ccr_connection" "tokyo" {
  cluster       = "paris"
  name          = "tokyo"
  mode          = "proxy"
  proxy_address = "proxy.tokyo.example.com:9400"
  server_name   = "opensearch.tokyo.example.com"
}
