using System.Net.Sockets;

namespace LoraBridge.Server.Link;

/// <summary>How a call to another program failed; it says what is known of whether it was carried out.</summary>
internal enum LinkFailure
{
    /// <summary>Nobody listens there: it was not carried out.</summary>
    Away,

    /// <summary>It was refused: it was not carried out, and will not be.</summary>
    Refused,

    /// <summary>It went wrong there, or the connection broke: it may have been carried out.</summary>
    Failed,

    /// <summary>There was no answer in time: it may have been carried out.</summary>
    Late,

    /// <summary>It was not made.</summary>
    NotTried,
}

/// <summary>A call to another program failed. The words name no secret: not the address's path, no header, no body.</summary>
/// <param name="kind">How.</param>
/// <param name="reason">What is wrong, a sentence.</param>
/// <param name="cure">What helps, a sentence.</param>
internal sealed class LinkException(LinkFailure kind, string reason, string cure) : Exception($"{reason} {cure}")
{
    /// <summary>How.</summary>
    public LinkFailure Kind { get; } = kind;

    /// <summary>What is wrong.</summary>
    public string Reason { get; } = reason;

    /// <summary>What helps.</summary>
    public string Cure { get; } = cure;

    /// <summary>The HTTP status that was answered; null for none.</summary>
    public int? Status { get; init; }

    /// <summary>How long the other side asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A connection that did not come about, or broke.</summary>
    public static LinkException Of(HttpRequestException error, Uri to) => error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        ? new(LinkFailure.Away, $"{to.Authority} cannot be reached ({(error.InnerException is SocketException socket ? socket.SocketErrorCode.ToString() : error.HttpRequestError.ToString())}).", "Start that program, or correct the address.")
        : new(LinkFailure.Failed, $"The connection to {to.Authority} broke ({error.HttpRequestError}).", "See what that program says.");
}
