"""What ``tltt check`` builds kernels with: how a kernel is compiled, and stand-ins for vendor headers."""
