using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Tests.Sdapi.Wire;

public sealed class FieldTableTests
{
    private static readonly FieldTable s_table = new(
        Field.Integer("steps", 50), Field.Number("scale", 7), Field.Flag("flag", false), Field.Text("text", ""), Field.Text("maybe"),
        new("names", FieldKind.Texts), new("list", FieldKind.List), new("object", FieldKind.Object),
        Field.Number("share", 0) with { AtLeast = 0, AtMost = 1 }, Field.Number("factor", 2) with { Above = 0 }, Field.Integer("mode", 0) with { OneOf = [0, 1] },
        new("files", FieldKind.List) { Elements = new(Field.Text("data") with { Required = true }) });

    [Theory]
    [InlineData("20", 20)]
    [InlineData("20.9", 20)]
    [InlineData("-20.9", -20)]
    [InlineData("1e2", 100)]
    [InlineData("\"123\"", 123)]
    [InlineData("\" -5 \"", -5)]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    [InlineData("null", 50)]
    public void Integer_AnythingLikeOne_IsTaken(string json, long expected) => Assert.Equal(expected, Read("steps", json).Integer("steps"));

    [Theory]
    [InlineData("\"2.5\"", 2.5)]
    [InlineData("3", 3.0)]
    [InlineData("true", 1.0)]
    [InlineData("\"inf\"", double.PositiveInfinity)]
    [InlineData("null", 7.0)]
    public void Number_AnythingLikeOne_IsTaken(string json, double expected) => Assert.Equal(expected, Read("scale", json).Number("scale"));

    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("1.0", true)]
    [InlineData("\"YES\"", true)]
    [InlineData("\"on\"", true)]
    [InlineData("\"t\"", true)]
    [InlineData("0", false)]
    [InlineData("\"Off\"", false)]
    [InlineData("\"n\"", false)]
    public void Flag_AnythingLikeOne_IsTaken(string json, bool expected) => Assert.Equal(expected, Read("flag", json).Flag("flag"));

    [Theory]
    [InlineData("\"a\"", "a")]
    [InlineData("12", "12")]
    [InlineData("1.50", "1.50")]
    [InlineData("true", "True")]
    public void Text_Numbers_BecomeText(string json, string expected) => Assert.Equal(expected, Read("text", json).Text("text"));

    [Theory]
    [InlineData("steps", "\"x\"", "value is not a valid integer", "type_error.integer")]
    [InlineData("steps", "\"1.5\"", "value is not a valid integer", "type_error.integer")]
    [InlineData("steps", "[]", "value is not a valid integer", "type_error.integer")]
    [InlineData("steps", "1e300", "value is not a valid integer", "type_error.integer")]
    [InlineData("scale", "{}", "value is not a valid float", "type_error.float")]
    [InlineData("flag", "2", "value could not be parsed to a boolean", "type_error.bool")]
    [InlineData("flag", "\"maybe\"", "value could not be parsed to a boolean", "type_error.bool")]
    [InlineData("text", "[\"a\"]", "str type expected", "type_error.str")]
    [InlineData("names", "\"a\"", "value is not a valid list", "type_error.list")]
    [InlineData("list", "{}", "value is not a valid list", "type_error.list")]
    [InlineData("object", "[]", "value is not a valid dict", "type_error.dict")]
    [InlineData("share", "-0.1", "ensure this value is greater than or equal to 0", "value_error.number.not_ge")]
    [InlineData("share", "1.1", "ensure this value is less than or equal to 1", "value_error.number.not_le")]
    [InlineData("factor", "0", "ensure this value is greater than 0", "value_error.number.not_gt")]
    [InlineData("mode", "2", "unexpected value; permitted: 0, 1", "value_error.const")]
    public void Field_OfTheWrongKind_IsNamed(string field, string json, string message, string type)
    {
        var fault = Assert.Single(Assert.Throws<InvalidRequestException>(() => Read(field, json)).Faults);

        Assert.Equal(["body", field], fault.Loc);
        Assert.Equal((message, type), (fault.Msg, fault.Type));
    }

    [Fact]
    public void Read_SeveralFaults_NamesAllInTheTablesOrder()
    {
        var error = Assert.Throws<InvalidRequestException>(() => s_table.Read(Json("""{"names":["a",[],null],"steps":"x","files":[{"data":"a"},{},3]}""")));

        Assert.Equal(["body.steps", "body.names.1", "body.names.2", "body.files.1.data", "body.files.2"], error.Faults.Select(fault => string.Join('.', fault.Loc)));
        Assert.Equal(["type_error.integer", "type_error.str", "type_error.none.not_allowed", "value_error.missing", "type_error.dict"], error.Faults.Select(fault => fault.Type));
    }

    [Fact]
    public void Read_UnknownFields_AreIgnoredAndDefaultsKeptInOrder()
    {
        var values = s_table.Read(Json("""{"unknown":[1],"scale":1,"maybe":null}"""));

        Assert.Equal(s_table.Fields.Select(field => field.Name), values.All.Keys);
        Assert.Null(values.TextOrNull("maybe"));
        Assert.True(values.IsGiven("scale"));
        Assert.False(values.IsGiven("maybe"));
        Assert.Empty(values.Texts("names"));
        Assert.Empty(values.Members("object"));
    }

    [Fact]
    public void Copy_Changed_LeavesTheFirst()
    {
        var values = s_table.Read(Json("{}"));
        var copy = values.Copy();

        copy.Give("steps", 3L);

        Assert.Equal((50, 3), (values.Integer("steps"), copy.Integer("steps")));
        Assert.False(values.IsGiven("steps"));
        Assert.Throws<ArgumentException>(() => copy.Set("nothing", 1L));
    }

    private static FieldValues Read(string field, string json) => s_table.Read(Json($$"""{"{{field}}":{{json}}}"""));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
