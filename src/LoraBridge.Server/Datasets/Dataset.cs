using LoraBridge.Server.Errors;
using LoraBridge.Training.Data;

namespace LoraBridge.Server.Datasets;

/// <summary>One data set: where it lies, and which pictures are in it. No path is ever made of a picture's name that was asked for.</summary>
/// <param name="id">What addresses call it.</param>
/// <param name="home">The folder of what is written down of it.</param>
/// <param name="record">What that is.</param>
internal sealed class Dataset(string id, string home, DatasetRecord record)
{
    private const int MostLooks = 5;

    public string Id => id;

    public string Home => home;

    public DatasetRecord Record { get; set; } = record;

    /// <summary>Whoever changes pictures or captions holds it.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Where the pictures lie.</summary>
    public string Folder => Record.Folder ?? OwnFolder(home);

    /// <summary>Where pictures go that are taken out, named by their content, so that a version can bring them back.</summary>
    public string Removed => Path.Combine(home, "removed");

    public static string OwnFolder(string home) => Path.Combine(home, "pictures");

    /// <summary>All pictures in natural order: their names, which are paths below the folder with forward slashes, and full paths.</summary>
    public IReadOnlyList<(string Name, string Path)> Pictures()
    {
        for (var look = 1; Directory.Exists(Folder); look++)
        {
            try
            {
                return PictureSearch.Pictures(Folder, new() { Folder = Folder }).ConvertAll(path => (PictureSearch.NameIn(Folder, path), path));
            }
            catch (DirectoryNotFoundException) when (look < MostLooks)
            {
                // somebody deletes the data set, or moves a folder below it, just now
            }
        }
        return [];
    }

    /// <summary>The full path of a picture.</summary>
    /// <exception cref="RequestException">It has none of this name.</exception>
    public string Find(string name)
    {
        foreach (var picture in Pictures())
            if (picture.Name == name) return picture.Path;
        throw RequestException.Missing("name", $"Data set '{id}' has no picture of this name.", "Take a name from the list of its pictures, with case and ending.");
    }

    /// <summary>Called by whoever holds the gate and is about to write: another request may have deleted the data set before.</summary>
    /// <exception cref="RequestException">It was deleted.</exception>
    public void EnsureThere()
    {
        if (!Directory.Exists(home)) throw RequestException.Missing("id", $"Data set '{id}' was deleted meanwhile.", "Create it again.");
    }

    public DatasetReport Report()
    {
        var pictures = Pictures();
        return new(id, Record.Name, Folder, Record.Folder is not null, Record.CreatedAt, pictures.Count, pictures.Count(picture => CaptionFile.Beside(picture.Path) is not null));
    }
}
