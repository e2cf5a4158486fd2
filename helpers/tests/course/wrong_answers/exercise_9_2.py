"""Takes the promise for the door as the promise for one comparison."""

answer = 0.01
