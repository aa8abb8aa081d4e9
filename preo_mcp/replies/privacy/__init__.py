"""What the model learns of the people in the data: nothing that names them, where the settings say so."""
