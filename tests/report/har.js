/* SPDX-License-Identifier: MIT */
/* har.js FILE: whether it is HAR 1.2, by har-validator, which NODE_PATH leads to. */
"use strict";
const fs = require("fs");
const validate = require("har-validator/lib/async");

validate.har(JSON.parse(fs.readFileSync(process.argv[2], "utf8")), errors => {
	if (errors)
		console.error(JSON.stringify(errors, null, 1));
	process.exit(errors ? 1 : 0);
});
