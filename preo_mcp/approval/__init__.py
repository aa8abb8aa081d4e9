"""What stands between a model's call and an effect on people, money or records: a person who saw the facts."""
