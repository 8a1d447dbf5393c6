"""Nothing secret leaves the process: known secrets and everything shaped like one become `***`. Pure."""
