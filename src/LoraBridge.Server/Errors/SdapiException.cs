namespace LoraBridge.Server.Errors;

/// <summary>A refusal with the status and the wording that the WebUI's clients know.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="detail">What clients show.</param>
internal sealed class SdapiException(int status, string detail) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;
}

/// <summary>A failure that the WebUI answers with status 500 and the name of a Python exception, which clients may look for.</summary>
/// <param name="kind">The exception's name there, such as <c>KeyError</c>.</param>
/// <param name="message">What went wrong.</param>
internal sealed class SdapiFailure(string kind, string message) : Exception(message)
{
    /// <summary>The exception's name there.</summary>
    public string Kind { get; } = kind;
}
