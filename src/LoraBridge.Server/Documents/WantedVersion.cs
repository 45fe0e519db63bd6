using System.Globalization;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Documents;

/// <summary>Which version of a document a change was made of: so that nobody overwrites what somebody else saved meanwhile.</summary>
/// <param name="Number">The version; null for whatever is there.</param>
/// <param name="IsGiven">Whether the request said anything of it.</param>
internal readonly record struct WantedVersion(long? Number, bool IsGiven)
{
    /// <summary>Whatever is there.</summary>
    public static WantedVersion Any { get; } = new(null, IsGiven: true);

    /// <summary>Reads the header, or else the query value.</summary>
    /// <param name="ifMatch">The header If-Match: <c>"3"</c> or <c>*</c>.</param>
    /// <param name="version">The query value version.</param>
    /// <exception cref="RequestException">The header is of another form.</exception>
    public static WantedVersion Read(string? ifMatch, long? version)
    {
        if (string.IsNullOrWhiteSpace(ifMatch)) return new(version, version is not null);
        var text = ifMatch.Trim();
        if (text == "*") return Any;
        if (text is ['"', .., '"'] && long.TryParse(text[1..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return new(number, IsGiven: true);
        throw new RequestException(StatusCodes.Status400BadRequest, "If-Match", "It is no version.", "Send the ETag of the answer that you changed, such as \"3\", or * to overwrite whatever is there.");
    }

    /// <summary>Refuses a change that nobody said anything of.</summary>
    /// <exception cref="RequestException">No version was given.</exception>
    public void Demand()
    {
        if (!IsGiven) throw new RequestException(StatusCodes.Status428PreconditionRequired, "If-Match", "The request does not say which version it changes.", "Send If-Match with the ETag that you read, or * to overwrite whatever is there.");
    }

    /// <summary>Refuses a change of a version that is not the present one.</summary>
    /// <exception cref="RequestException">There is another version by now.</exception>
    public void Check(long current)
    {
        if (Number is { } number && number != current)
            throw new RequestException(StatusCodes.Status412PreconditionFailed, "If-Match", $"The change was made of version {number}, and version {current} is there by now.", "Read it again and make the change once more, or send If-Match: * to overwrite it.");
    }
}
