"""Camera paths: keyframes, the curve through them, generators and files."""
