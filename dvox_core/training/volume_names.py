"""Names of the volumes that a run keeps over time; here, as a window asks before torch is there.

grid_norm     how much every voxel holds: the norm of its features
update_gate   how far a step replaces a voxel's features, 0…1
reset_gate    how much of the old features a step's candidate sees, 0…1

The gates are of the paper's recipe only, and means over the steps since the last file.
"""

GRID_NORM, UPDATE_GATE, RESET_GATE = "grid_norm", "update_gate", "reset_gate"
