using LoraBridge.Server.Sdapi.Drawing;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>Draws a job, a part of another.</summary>
/// <param name="job">The part.</param>
/// <param name="index">Which it is, from 0.</param>
/// <param name="count">How many there are.</param>
internal delegate Task<JobResult> DrawPart(PictureJob job, int index, int count);

/// <summary>Something that changes how requests are drawn.</summary>
/// <param name="title">Its name for people; requests use it in any case.</param>
internal abstract class Script(string title)
{
    /// <summary>Its name for people.</summary>
    public string Title => title;

    /// <summary>What requests call it.</summary>
    public string Name => title.ToLowerInvariant();

    /// <summary>What it is told.</summary>
    public abstract IReadOnlyList<ScriptArgument> Arguments { get; }

    /// <summary>Whether it works for txt2img.</summary>
    public virtual bool ForText => true;

    /// <summary>Whether it works for img2img.</summary>
    public virtual bool ForImages => true;

    /// <summary>Whether it works for a kind of request.</summary>
    public bool IsFor(string kind) => kind == "img2img" ? ForImages : ForText;
}

/// <summary>A script that a request chooses, and that then draws the request in its own way.</summary>
internal abstract class SelectableScript(string title) : Script(title)
{
    /// <summary>Draws a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="arguments">One for each of <see cref="Script.Arguments"/>.</param>
    /// <param name="draw">Draws a part.</param>
    public abstract Task<JobResult> RunAsync(PictureJob job, ScriptValues arguments, DrawPart draw);
}

/// <summary>A script that is part of every request and changes its fields where it is given arguments.</summary>
internal abstract class AlwaysOnScript(string title) : Script(title)
{
    /// <summary>The job as the arguments want it.</summary>
    public abstract PictureJob Prepare(PictureJob job, ScriptValues arguments);

    /// <summary>Gives fields the values of arguments that are there; the request's own fields say the same, and who sends both means those.</summary>
    /// <param name="job">The job.</param>
    /// <param name="arguments">What was given.</param>
    /// <param name="values">A field and its value for each argument in turn; no field for one that has none.</param>
    protected static PictureJob Fill(PictureJob job, ScriptValues arguments, params (string? Field, object? Value)[] values) =>
        job.With(values.Index().Where(item => item.Item.Field is { } field && arguments.Has(item.Index) && !job.Fields.IsGiven(field)).Select(item => (item.Item.Field!, item.Item.Value)));
}
