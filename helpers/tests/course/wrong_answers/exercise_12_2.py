def right(given, token):
    return given == token


answer = right
