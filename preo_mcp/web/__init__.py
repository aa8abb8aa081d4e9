"""What a page on this computer needs: its site on loopback, who may ask it, its documents; nothing of what it shows."""
