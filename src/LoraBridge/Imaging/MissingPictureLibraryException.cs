namespace LoraBridge.Imaging;

/// <summary>A picture format needs a shared library that this machine lacks; other formats go on working.</summary>
public sealed class MissingPictureLibraryException : Exception
{
    /// <summary>Builds the message from its parts.</summary>
    public MissingPictureLibraryException(PictureFormat format, string library, string package)
        : base($"{format} pictures need {library}, which this machine does not have. Install it (Debian, Ubuntu: apt-get install {package}), or use PNG pictures.")
    {
        Format = format;
        Library = library;
        Package = package;
    }

    /// <summary>The format that cannot be read or written.</summary>
    public PictureFormat Format { get; }

    /// <summary>The library's file name.</summary>
    public string Library { get; }

    /// <summary>The Debian package that holds it.</summary>
    public string Package { get; }
}
