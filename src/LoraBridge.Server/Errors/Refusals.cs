namespace LoraBridge.Server.Errors;

/// <summary>Answers a request that comes to no endpoint, in the form of the endpoint it was for.</summary>
internal static class Refusals
{
    /// <summary>Answers; what the request still sends is not read.</summary>
    public static Task AnswerAsync(HttpContext context, RequestException refused)
    {
        if (SdapiErrorShape.Covers(context)) return SdapiErrorHandler.Refusal(refused.Status, $"{refused.Reason} {refused.Cure}").ExecuteAsync(context);
        var extensions = new Dictionary<string, object?> { ["field"] = refused.Field, ["cure"] = refused.Cure };
        return TypedResults.Problem($"{refused.Reason} {refused.Cure}", statusCode: refused.Status, extensions: extensions).ExecuteAsync(context);
    }
}
