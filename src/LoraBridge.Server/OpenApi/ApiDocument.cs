using LoraBridge.Server.Errors;

namespace LoraBridge.Server.OpenApi;

/// <summary>One of the two descriptions of this server's API: our own part, and the part that answers as a WebUI does.</summary>
/// <param name="Name">Its name, which is also that of its file.</param>
/// <param name="Title">What readers see first.</param>
/// <param name="Description">What it describes, in Markdown.</param>
internal sealed record ApiDocument(string Name, string Title, string Description)
{
    /// <summary>Our own routes.</summary>
    public static ApiDocument Own { get; } = new("lorabridge.v1", "LoraBridge",
        "Data sets, trainings and other jobs, adapters and blends. Times are ISO 8601 with their zone, sizes are bytes; what is null is left out of answers. "
        + "Every error is a problem (RFC 9457) whose `detail` says what is wrong and what helps.");

    /// <summary>The routes that a WebUI has too.</summary>
    public static ApiDocument WebUi { get; } = new("webui.v1", "LoraBridge as a Stable Diffusion WebUI",
        "The routes, fields and errors of AUTOMATIC1111's WebUI 1.10, so that its clients work unchanged. Pictures travel as base64. "
        + "Fields that are not listed are ignored, and null is the default, as there.");

    /// <summary>Both.</summary>
    public static IReadOnlyList<ApiDocument> All { get; } = [Own, WebUi];

    /// <summary>Where clients read it.</summary>
    public string Address => $"/openapi/{Name}.json";

    /// <summary>Whether it describes the routes on a path.</summary>
    public bool Covers(PathString path) => SdapiErrorShape.Covers(path) == (this == WebUi);
}
