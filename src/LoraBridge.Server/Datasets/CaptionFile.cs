using System.Text;
using LoraBridge.Files;
using LoraBridge.Training.Data;

namespace LoraBridge.Server.Datasets;

/// <summary>The caption beside a picture. It is written as <c>.txt</c>; <c>.caption</c> is read where there is no such file.</summary>
internal static class CaptionFile
{
    /// <summary>The most bytes that are taken for a caption.</summary>
    public const int MostBytes = 64 << 10;

    /// <summary>The file that a picture's caption is in; null for none.</summary>
    public static string? Beside(string picture) => new[] { Own(picture), Path.ChangeExtension(picture, ".caption") }.FirstOrDefault(File.Exists);

    /// <summary>The file that a picture's caption is written to.</summary>
    public static string Own(string picture) => Path.ChangeExtension(picture, ".txt");

    /// <summary>A picture's caption without space around it; null where no file is beside it.</summary>
    public static string? Read(string picture) => Beside(picture) is { } path ? CaptionText.Read(path).Text.ReplaceLineEndings("\n").Trim() : null;

    /// <summary>The text of the file that captions are written to, as it is; null for none.</summary>
    public static string? ReadOwn(string picture) => File.Exists(Own(picture)) ? CaptionText.Read(Own(picture)).Text : null;

    /// <summary>Writes it as UTF-8, whole or not at all; null deletes the file.</summary>
    public static void Write(string picture, string? text)
    {
        if (text is null) File.Delete(Own(picture));
        else AtomicFile.Write(Own(picture), Encoding.UTF8.GetBytes(text));
    }
}
