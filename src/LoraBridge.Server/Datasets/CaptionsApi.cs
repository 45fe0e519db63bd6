using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Datasets;

/// <summary>Reads and changes captions, one or many, with undo and redo.</summary>
internal static class CaptionsApi
{
    public static void MapCaptions(this RouteGroupBuilder group)
    {
        group.MapGet("/{id}/tags", Tags).WithName("ListTags").WithSummary("List all tags with how many pictures have them");
        group.MapGet("/{id}/captions/{**name}", Read).WithName("GetCaption").WithSummary("Read a picture's caption and its length in tokens");
        group.MapPut("/{id}/captions/{**name}", Write).WithName("PutCaption").WithSummary("Give a picture another caption");
        group.MapGet("/{id}/caption-edits", History).WithName("ListCaptionEdits").WithSummary("List what can be undone and redone");
        group.MapPost("/{id}/caption-edits", Edit).WithName("EditCaptions").WithSummary("Add, remove or replace tags or text in many captions");
        group.MapPost("/{id}/caption-edits/undo", Undo).WithName("UndoCaptionEdit").WithSummary("Take the last change of captions back");
        group.MapPost("/{id}/caption-edits/redo", Redo).WithName("RedoCaptionEdit").WithSummary("Do again what was undone last");
    }

    private static Ok<IReadOnlyList<TagReport>> Tags(string id, DatasetStore store) => TypedResults.Ok(Captions.Tags(store.Find(id)));

    private static Ok<CaptionReport> Read(string id, string name, DatasetStore store, Captions captions) => TypedResults.Ok(captions.Read(name, store.Find(id).Find(name)));

    private static Ok<CaptionReport> Write(string id, string name, Body<NewCaption> body, DatasetStore store, Captions captions)
    {
        var dataset = store.Find(id);
        var picture = dataset.Find(name);
        captions.Set(dataset, name, body.Value.Caption);
        return TypedResults.Ok(captions.Read(name, picture));
    }

    private static Ok<HistoryReport> History(string id, DatasetStore store)
    {
        var dataset = store.Find(id);
        lock (dataset.Gate)
        {
            var journal = new CaptionJournal(dataset);
            return TypedResults.Ok(new HistoryReport(Lines(journal.Undoable), Lines(journal.Redoable)));
        }
    }

    private static Ok<EditReport> Edit(string id, Body<CaptionEdit> body, DatasetStore store, Captions captions) => TypedResults.Ok(captions.Edit(store.Find(id), body.Value));

    private static Ok<EditReport> Undo(string id, DatasetStore store) => Step(store.Find(id), journal => journal.Undo());

    private static Ok<EditReport> Redo(string id, DatasetStore store) => Step(store.Find(id), journal => journal.Redo());

    private static Ok<EditReport> Step(Dataset dataset, Func<CaptionJournal, EditReport> step)
    {
        lock (dataset.Gate) return TypedResults.Ok(step(new(dataset)));
    }

    private static List<HistoryLine> Lines(IReadOnlyList<JournalEntry> entries) => [.. entries.Select(entry => new HistoryLine(entry.Number, entry.At, entry.Description, entry.Changes.Count))];
}

/// <summary>A caption to write.</summary>
internal sealed record NewCaption
{
    /// <summary>The text; empty for a caption that says nothing.</summary>
    public required string Caption { get; init; }
}

/// <summary>What was done to captions.</summary>
/// <param name="Undo">What can be undone, the newest first.</param>
/// <param name="Redo">What can be redone, the next first.</param>
internal sealed record HistoryReport(IReadOnlyList<HistoryLine> Undo, IReadOnlyList<HistoryLine> Redo);

/// <summary>One change.</summary>
/// <param name="Number">Its number.</param>
/// <param name="At">When it was made.</param>
/// <param name="Description">What it was, in words.</param>
/// <param name="Captions">How many captions it changed.</param>
internal sealed record HistoryLine(int Number, DateTimeOffset At, string Description, int Captions);
