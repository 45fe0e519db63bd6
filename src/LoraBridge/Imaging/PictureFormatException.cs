namespace LoraBridge.Imaging;

/// <summary>A picture that cannot be read or written: damaged, truncated, too large or of a kind not supported.</summary>
public sealed class PictureFormatException : Exception
{
    /// <summary>Builds the message from its parts.</summary>
    public PictureFormatException(string pictureName, string reason, string cure, Exception? inner = null)
        : base($"{pictureName}: {reason}. {cure}", inner)
    {
        PictureName = pictureName;
        Reason = reason;
        Cure = cure;
    }

    /// <summary>The file's path, or what the caller called the picture.</summary>
    public string PictureName { get; }

    /// <summary>What is wrong, without a full stop.</summary>
    public string Reason { get; }

    /// <summary>What to do about it, a sentence.</summary>
    public string Cure { get; }
}
