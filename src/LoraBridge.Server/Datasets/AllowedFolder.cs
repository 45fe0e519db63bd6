using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>Lets clients name folders only where the server's owner allows it; links are resolved before anything is compared.</summary>
internal static class AllowedFolder
{
    /// <summary>The folder that a client means.</summary>
    /// <exception cref="RequestException">It is not allowed, or is no folder.</exception>
    public static string Resolve(string folder, DatasetSettings settings)
    {
        if (settings.AllowedFolders.Count == 0)
            throw new RequestException(StatusCodes.Status403Forbidden, "folder", "This server lets no client name folders.", "Upload the pictures, or start the server with the folder allowed.");
        if (folder.Contains('\0', StringComparison.Ordinal) || !Path.IsPathFullyQualified(folder))
            throw RequestException.Invalid("folder", "It is no absolute path.", "Give the whole path of the folder on the server's machine.");
        var real = RealPath.OrSelf(folder);
        // one answer for what is not allowed and for what is not there: it shall not tell what lies elsewhere
        if (!settings.AllowedFolders.Select(RealPath.OrSelf).Any(root => RealPath.IsBelow(real, root)))
            throw new RequestException(StatusCodes.Status403Forbidden, "folder", "It is not below a folder that this server allows.", "Choose one below the allowed folders, or upload the pictures.");
        if (!Directory.Exists(real)) throw RequestException.Invalid("folder", "There is no such folder.", "Correct the path.");
        return Path.TrimEndingDirectorySeparator(real);
    }
}
