using LoraBridge.Generation;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>A request for pictures with everything that it needs, ready to be drawn or to be varied by a script.</summary>
/// <param name="Id">The task's id.</param>
/// <param name="Kind"><c>txt2img</c> or <c>img2img</c>.</param>
/// <param name="Fields">The request's fields.</param>
/// <param name="Options">The settings of this job.</param>
internal sealed record PictureJob(string Id, string Kind, FieldValues Fields, Options Options)
{
    /// <summary>The picture files to begin with.</summary>
    public IReadOnlyList<byte[]> Init { get; init; } = [];

    /// <summary>The mask's file, or null.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>Whether it begins with pictures.</summary>
    public bool IsImageToImage => Kind == "img2img";

    /// <summary>This job with other values of some fields.</summary>
    public PictureJob With(params IEnumerable<(string Field, object? Value)> changes)
    {
        var fields = Fields.Copy();
        foreach (var (field, value) in changes) fields.Give(field, value);
        return this with { Fields = fields };
    }
}

/// <summary>A job's pictures before they become an answer.</summary>
/// <param name="Request">What was drawn; of several, the first.</param>
/// <param name="Drawn">What it came to.</param>
internal sealed record JobResult(PictureRequest Request, GenerateResult Drawn)
{
    /// <summary>Pictures before all others that are no pictures of their own, such as a script's grids.</summary>
    public IReadOnlyList<EnginePicture> Grids { get; init; } = [];
}
