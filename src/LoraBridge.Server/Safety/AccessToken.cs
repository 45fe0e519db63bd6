using System.Security.Cryptography;
using System.Text;

namespace LoraBridge.Server.Safety;

/// <summary>A secret that programs show to be let in (RFC 6750). Only its digest is kept, so that no log and no dump can tell it.</summary>
internal sealed class AccessToken
{
    private const int LeastCharacters = 16, MostCharacters = 1024, NewBytes = 32;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly byte[] _digest;

    private AccessToken(string text) => _digest = Digest(text);

    /// <summary>Whether this is it; how long the answer takes tells nothing.</summary>
    public bool Is(string given) => CryptographicOperations.FixedTimeEquals(_digest, Digest(given));

    /// <summary>Takes a token as it is given.</summary>
    /// <exception cref="FormatException">It is too short or too long, or no header can carry it.</exception>
    public static AccessToken Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is < LeastCharacters or > MostCharacters || text.Any(sign => sign is <= ' ' or > '~'))
            throw new FormatException($"this is no token. Give {LeastCharacters} to {MostCharacters} ASCII characters without spaces, for example what 'openssl rand -hex 32' prints");
        return new(text);
    }

    /// <summary>Reads one from the first line of a file that nobody else may read.</summary>
    /// <exception cref="FormatException">There is no such file, others may read it, or it holds no token.</exception>
    public static AccessToken Read(string path)
    {
        if (!File.Exists(path)) throw new FormatException($"there is no file '{path}'. Give the path of a file whose first line is the token");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            throw new FormatException($"other users may read '{path}'. Keep it to yourself: chmod 600 '{path}'");
        try
        {
            return Parse(File.ReadLines(path).FirstOrDefault("").Trim());
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"in '{path}': {wrong.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"'{path}' cannot be read: {error.Message}");
        }
    }

    /// <summary>Makes one and keeps it in a file that only this user may read.</summary>
    /// <returns>Its text, which is nowhere else.</returns>
    public static string Create(string path)
    {
        var text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NewBytes));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, Encoding.ASCII, options);
        file.Write(text + "\n");
        return text;
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
