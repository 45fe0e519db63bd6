using LoraBridge.Training.Data;

namespace LoraBridge.Server.Datasets;

/// <summary>Copies the pictures and captions of a folder into a data set.</summary>
internal static class FolderIntake
{
    /// <summary>Copies what can be taken.</summary>
    /// <param name="folder">A folder that was allowed.</param>
    /// <param name="intake">Where its files go.</param>
    /// <param name="cancel">Stops between two files.</param>
    public static void Take(string folder, PictureIntake intake, CancellationToken cancel)
    {
        foreach (var path in PictureSearch.Pictures(folder, new() { Folder = folder }))
        {
            cancel.ThrowIfCancellationRequested();
            if (intake.IsFull) return;
            Take(folder, path, intake);
            if (CaptionFile.Beside(path) is { } caption) Take(folder, caption, intake);
        }
    }

    private static void Take(string folder, string path, PictureIntake intake)
    {
        var name = PictureSearch.NameIn(folder, path);
        try
        {
            using var stream = File.OpenRead(path);
            intake.Take(name, BoundedRead.All(stream, intake.MaxBytes(name)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            intake.Refuse(name, $"It cannot be read: {error.Message}", "Check its rights, and that no other program holds it.");
        }
    }
}
