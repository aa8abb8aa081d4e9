"""What reaches the model of the people behind the data: nothing that names them, where the setting says so."""
