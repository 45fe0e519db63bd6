using System.Text;
using System.Text.Json;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Reads JSON with lines and doubled keys; comments and trailing commas are let pass.</summary>
internal ref struct JsonText
{
    private readonly string _name;
    private readonly OriginKind _kind;
    private readonly ReadOnlySpan<byte> _bytes;
    private Utf8JsonReader _reader;

    private JsonText(ReadOnlySpan<byte> bytes, string name, OriginKind kind)
    {
        _bytes = bytes;
        _name = name;
        _kind = kind;
        _reader = new(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="SourceSyntaxException">The text is no JSON, or no object.</exception>
    public static RawMap Read(string text, string name, OriginKind kind = OriginKind.File)
    {
        var reader = new JsonText(Encoding.UTF8.GetBytes(text), name, kind);
        try
        {
            reader._reader.Read();
            var value = reader.Value();
            reader._reader.Read();
            return value as RawMap ?? throw new SourceSyntaxException(value.Place, "Settings are an object ({ \"key\": value }).");
        }
        catch (JsonException error)
        {
            throw new SourceSyntaxException(new(kind, name, (int)(error.LineNumber ?? 0) + 1), $"This is no JSON: {error.Message}");
        }
    }

    private RawValue Value()
    {
        var place = Place();
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var entries = new List<RawEntry>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
                {
                    var (key, at) = (_reader.GetString()!, Place());
                    _reader.Read();
                    entries.Add(new(key, at, Value()));
                }
                return new RawMap(place, entries);
            case JsonTokenType.StartArray:
                var items = new List<RawValue>();
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray) items.Add(Value());
                return new RawList(place, items);
            case JsonTokenType.Null:
                return new RawScalar(place, null, IsQuoted: false);
            case JsonTokenType.String:
                return new RawScalar(place, _reader.GetString(), IsQuoted: true);
            default:
                return new RawScalar(place, Encoding.UTF8.GetString(_reader.ValueSpan), IsQuoted: false);
        }
    }

    private readonly SourcePlace Place() => new(_kind, _name, _bytes[..(int)_reader.TokenStartIndex].Count((byte)'\n') + 1);
}
