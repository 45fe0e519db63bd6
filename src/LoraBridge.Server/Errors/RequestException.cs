namespace LoraBridge.Server.Errors;

/// <summary>A request that cannot be carried out as it is; answered with problem details that name the field and the cure.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="field">The field, query value, file or part of the path that is at fault.</param>
/// <param name="reason">What is wrong with it, a sentence.</param>
/// <param name="cure">What to do about it, a sentence.</param>
internal sealed class RequestException(int status, string field, string reason, string cure) : Exception($"{field}: {reason} {cure}")
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What is at fault.</summary>
    public string Field { get; } = field;

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; } = reason;

    /// <summary>What to do about it.</summary>
    public string Cure { get; } = cure;

    /// <summary>A value that cannot be used: status 422.</summary>
    public static RequestException Invalid(string field, string reason, string cure) => new(StatusCodes.Status422UnprocessableEntity, field, reason, cure);

    /// <summary>Something that is not there: status 404.</summary>
    public static RequestException Missing(string field, string reason, string cure) => new(StatusCodes.Status404NotFound, field, reason, cure);

    /// <summary>Something that cannot be done as things stand: status 409.</summary>
    public static RequestException Conflict(string field, string reason, string cure) => new(StatusCodes.Status409Conflict, field, reason, cure);
}
