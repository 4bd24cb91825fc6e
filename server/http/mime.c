#include "server/http/mime.h"

static const struct {
    struct str ending;
    const char *type;
} types[] = {
    {STR_INIT("7z"), "application/x-7z-compressed"},
    {STR_INIT("avif"), "image/avif"},
    {STR_INIT("bmp"), "image/bmp"},
    {STR_INIT("bz2"), "application/x-bzip2"},
    {STR_INIT("c"), "text/plain; charset=utf-8"},
    {STR_INIT("css"), "text/css; charset=utf-8"},
    {STR_INIT("csv"), "text/csv; charset=utf-8"},
    {STR_INIT("doc"), "application/msword"},
    {STR_INIT("gif"), "image/gif"},
    {STR_INIT("gz"), "application/gzip"},
    {STR_INIT("h"), "text/plain; charset=utf-8"},
    {STR_INIT("htm"), "text/html; charset=utf-8"},
    {STR_INIT("html"), "text/html; charset=utf-8"},
    {STR_INIT("ico"), "image/vnd.microsoft.icon"},
    {STR_INIT("ics"), "text/calendar; charset=utf-8"},
    {STR_INIT("jpeg"), "image/jpeg"},
    {STR_INIT("jpg"), "image/jpeg"},
    {STR_INIT("js"), "text/javascript; charset=utf-8"},
    {STR_INIT("json"), "application/json"},
    {STR_INIT("log"), "text/plain; charset=utf-8"},
    {STR_INIT("m4a"), "audio/mp4"},
    {STR_INIT("map"), "application/json"},
    {STR_INIT("md"), "text/markdown; charset=utf-8"},
    {STR_INIT("mjs"), "text/javascript; charset=utf-8"},
    {STR_INIT("mov"), "video/quicktime"},
    {STR_INIT("mp3"), "audio/mpeg"},
    {STR_INIT("mp4"), "video/mp4"},
    {STR_INIT("ogg"), "audio/ogg"},
    {STR_INIT("otf"), "font/otf"},
    {STR_INIT("pdf"), "application/pdf"},
    {STR_INIT("png"), "image/png"},
    {STR_INIT("py"), "text/x-python; charset=utf-8"},
    {STR_INIT("svg"), "image/svg+xml"},
    {STR_INIT("tar"), "application/x-tar"},
    {STR_INIT("tif"), "image/tiff"},
    {STR_INIT("tiff"), "image/tiff"},
    {STR_INIT("tsv"), "text/tab-separated-values; charset=utf-8"},
    {STR_INIT("ttf"), "font/ttf"},
    {STR_INIT("txt"), "text/plain; charset=utf-8"},
    {STR_INIT("wasm"), "application/wasm"},
    {STR_INIT("wav"), "audio/x-wav"},
    {STR_INIT("webm"), "video/webm"},
    {STR_INIT("webmanifest"), "application/manifest+json"},
    {STR_INIT("webp"), "image/webp"},
    {STR_INIT("woff"), "font/woff"},
    {STR_INIT("woff2"), "font/woff2"},
    {STR_INIT("xml"), "text/xml; charset=utf-8"},
    {STR_INIT("xz"), "application/x-xz"},
    {STR_INIT("zip"), "application/zip"},
};

const char *mime_type(struct str name)
{
    const size_t dot = str_find_last_byte(name, '.');
    if (dot != SIZE_MAX && dot > 0) {
        const struct str ending = str_skip(name, dot + 1);
        for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
            if (str_equal_nocase(types[i].ending, ending))
                return types[i].type;
        }
    }
    return "application/octet-stream";
}
