using System.Globalization;
using System.Reflection;

namespace LoraBridge.Server.Errors;

/// <summary>
/// Names the parameter of an address that could not be read. The handlers that the compiler writes say so themselves for parameters that must be
/// given, and answer 400 without a word where one has a default.
/// </summary>
internal static class UnreadParameter
{
    /// <summary>What is wrong with a request that was answered 400 without a body; null where no parameter is at fault.</summary>
    public static RequestException? Of(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<MethodInfo>() is not { } handler) return null;
        foreach (var parameter in handler.GetParameters())
        {
            if (parameter.Name is not { } name || Text(context.Request, name) is not { Length: > 0 } text) continue;
            if (Expected(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, text) is { } expected)
                return new(StatusCodes.Status400BadRequest, name, $"'{text}' is not {expected}.", $"Give {expected}, or leave it out.");
        }
        return null;
    }

    private static string? Text(HttpRequest request, string name) => request.RouteValues.TryGetValue(name, out var value) ? value as string : request.Query[name];

    // what should stand there; null where it does
    private static string? Expected(Type type, string text) =>
        type == typeof(int) ? int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null : "a whole number"
        : type == typeof(long) ? long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null : "a whole number"
        : type == typeof(double) ? double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _) ? null : "a number"
        : type == typeof(bool) ? bool.TryParse(text, out _) ? null : "true or false"
        : type.IsEnum ? Enum.TryParse(type, text, ignoreCase: true, out _) ? null : $"one of {string.Join(", ", Enum.GetNames(type))}"
        : null;
}
