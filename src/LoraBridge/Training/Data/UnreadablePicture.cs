using LoraBridge.Imaging;

namespace LoraBridge.Training.Data;

/// <summary>Turns the ways in which a picture fails to open into words.</summary>
internal static class UnreadablePicture
{
    /// <summary>Whether the exception is about this picture, not a fault of the program.</summary>
    public static bool Explains(Exception e) => e is PictureFormatException or MissingPictureLibraryException or IOException or UnauthorizedAccessException;

    public static (string Reason, string Cure) Explain(Exception e) => e switch
    {
        PictureFormatException format => ($"It cannot be read: {format.Reason}.", format.Cure),
        MissingPictureLibraryException library => ($"It cannot be read: {library.Library} is not installed.", $"Install {library.Package}, or convert the picture to PNG."),
        UnauthorizedAccessException => ("It may not be read by this user.", "Give the server's user the right to read it."),
        _ => ($"It cannot be read: {e.Message}", "Check that the disk is attached and the file not locked."),
    };

    public static DatasetFinding Finding(TrainingFolder folder, string path, string reason, string cure) => folder.Options.Unreadable == UnusablePicture.Fail
        ? DatasetFinding.Error(FindingKind.Unreadable, path, reason, $"{cure} Or set Unreadable to LeaveOut.")
        : DatasetFinding.Warning(FindingKind.Unreadable, path, reason, cure);
}
