"""The seven stages as Kedro pipelines: what runs after what. The work is done in the library beside."""
